// Predictive
