{"key":"kotivahti-models-1","signature":"xvjuyta1djUPdHOltusya5v5LTkoNasF7q0nmUBM+2q0eT2qZox4QTBLgfAETnltTl8zJCp3BYtkas3p1vCHCw=="}
