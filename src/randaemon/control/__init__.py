"""What is done on command (`commands`), and what sealing and reviewing do. Imports nothing: the process that seals has
no use for training."""
