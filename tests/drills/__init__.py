"""Operations as drills: what is lost, what an operator then does, and books that are right in the end."""
