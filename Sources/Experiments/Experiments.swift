import Distill
import Runs

/// What `distill run` knows.
package var experiments: [any Experiment.Type] {
  [
    CompressionExperiment.self, GenerativeTraining.self, GenerativeFit.self, GenerativeDemo.self,
    GenerativeWidths.self, GenerativePartition.self,
    PredictivePlan.self, PredictiveLogistic.self, PredictiveMixture.self,
    PredictiveFashionMNIST.self, PredictiveDiabetes.self, GraphExperiment.self,
    TablesExperiment.self,
  ]
}
