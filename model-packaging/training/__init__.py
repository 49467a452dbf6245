"""How the weights of `entities-minilm-student` were made and measured. Build time only: nothing here is served."""
