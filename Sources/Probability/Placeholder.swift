// Probability
