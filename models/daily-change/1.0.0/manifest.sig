{"key":"kotivahti-models-1","signature":"5Uok6PX4uUCuABdc5DAtGo4TXAgh8JJ/mvKcSUDbUdZ02kO460iKmx2dxNJqlxn2Vspjoaju2FASNnyhm/AQDA=="}
