import Distill
import Runs

/// What `distill run` knows.
package let experiments = {
  var jobs = Catalogue<any Job.Type>.standard
  for job: any Job.Type in [
    CompressionExperiment.self, GenerativeWidths.self, GenerativePartition.self,
    PredictiveLogistic.self, PredictiveMixture.self, PredictiveFashionMNIST.self,
    PredictiveDiabetes.self, GraphExperiment.self, TablesExperiment.self,
    DetectionExperiment.self, AcousticExperiment.self, SentenceExperiment.self,
    SequencesExperiment.self, LanguagesExperiment.self,
  ] {
    jobs.add(job)
  }
  return jobs
}()
