{"key":"kotivahti-models-1","signature":"jvLTQK34cND/ZHu5APspDZnU1l/lanzdvtbGPu9hdLtg3+M4dxW2NntCyWZe/doyqJXKBCXA4oq97M6GXz6DAw=="}
