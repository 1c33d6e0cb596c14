import Mathematics
import Networks

extension LossFormula {
  /// By name; `T` is the temperature.
  static let summaries: [String: String] = [
    "crossEntropy": "cross-entropy from the labels; uses no teacher",
    "virtualTeacher": "labels softened by hand, without a teacher (Yuan et al. 2020)",
    "virtualTeacherAsInTeacherFree2020": "the same, scaled as in Tf-KD's code",
    "softCrossEntropy": "cross-entropy from the teacher's softened probabilities, times T²",
    "kullbackLeibler":
      "KL(teacher‖student) of softened probabilities, times T² (Hinton et al. 2015)",
    "reverseKullbackLeibler": "KL(student‖teacher): seeks modes instead of covering them",
    "jeffreys": "the sum of both KL divergences",
    "jensenShannon": "the divergence of both from their mixture",
    "skewKullbackLeibler": "KL(teacher‖mixture of both) (Ko et al. 2024)",
    "skewReverseKullbackLeibler": "KL(student‖mixture of both) (Ko et al. 2024)",
    "sortedProbabilities": "ULD: differences of sorted probabilities (Boizard et al. 2024)",
    "binaryCrossEntropy": "cross-entropy of labels that do not exclude each other, times T²",
    "embeddingCosine": "1 − cosine of the teacher's vector",
    "totalVariation": "half the absolute difference of the probabilities",
    "decoupledKullbackLeibler": "DKD: target class and others apart (Zhao et al. 2022)",
    "standardizedKullbackLeibler": "KL of standardised logits (Sun et al. 2024)",
    "weightedSoftLabels": "WSL: soft labels weighted by example (Zhou et al. 2021)",
    "curriculumKullbackLeibler": "CTKD: KL at a temperature that is learnt (Li et al. 2023)",
    "peersKullbackLeibler": "the mean KL from each member of an ensemble or cohort",
    "topKullbackLeibler": "KL over the teacher's most probable classes",
    "ensembleDistribution": "EnD²: a Dirichlet over what members say (Malinin et al. 2020)",
    "squaredErrorOnLogits": "squared error of logits (Ba & Caruana 2014)",
    "squaredErrorOnProbabilities": "squared error of probabilities",
    "squaredErrorOnLogProbabilities": "squared error of log-probabilities",
    "squaredError": "squared error of values that are no logits: regression",
    "marginSquaredError": "squared error of differences of scores (Hofstätter et al. 2020)",
    "pearsonCorrelation": "DIST: correlation between and within classes (Huang et al. 2022)",
    "exampleRelations": "how alike examples are, over the classes (Jin et al. 2023)",
    "classRelations": "how alike classes are, over the examples (Jin et al. 2023)",
    "multiLevel": "MLLD: examples, batches and classes at several temperatures (Jin et al. 2023)",
    "relationalDistance": "RKD: distances between examples (Park et al. 2019)",
    "relationalAngle": "RKD: angles between examples (Park et al. 2019)",
    "probabilisticTransfer": "PKT: probabilities of neighbours (Passalis & Tefas 2018)",
    "similarityPreserving": "SP: similarities of examples (Tung & Mori 2019)",
    "correlationCongruence": "CC: correlations of examples (Peng et al. 2019)",
    "relationalDistanceAsInRepDistiller": "RKD's distances as RepDistiller has them",
    "relationalDistanceAsInMMRazor": "RKD's distances as MMRazor has them",
    "relationalAngleAsInRepDistiller": "RKD's angles as RepDistiller has them",
    "relationalAngleAsInMMRazor": "RKD's angles as MMRazor has them",
    "probabilisticTransferAsInRepDistiller": "PKT as RepDistiller has it",
    "similarityPreservingAsInTorchdistill": "SP as torchdistill has it",
    "correlationCongruenceAsInTorchdistill": "CC as torchdistill has it",
    "bilinearCongruenceAsInTorchdistill": "CC with products, as torchdistill has it",
    "successiveDifferences": "RepDistiller's correlation: differences of neighbours in a batch",
    "hints": "FitNets: squared error of features (Romero et al. 2015)",
    "attentionTransfer": "AT: where features are large (Zagoruyko & Komodakis 2017)",
    "attentionTransferAsInPaper": "AT with the norm of the paper",
    "activationBoundaries": "AB: which units are on (Heo et al. 2019)",
    "channelWise": "CWD: where each channel is large (Shu et al. 2021)",
    "neuronSelectivity": "NST: distributions of units, polynomial kernel (Huang & Wang 2017)",
    "neuronSelectivityLinear": "NST with the linear kernel",
    "neuronSelectivityGaussian": "NST with the Gaussian kernel",
    "variationalInformation": "VID: mutual information of features (Ahn et al. 2019)",
    "solutionFlow": "FSP: products of features at two places (Yim et al. 2017)",
    "solutionFlowAsInTorchdistill": "FSP as torchdistill has it",
    "factorTransfer": "FT: factors of a paraphraser (Kim et al. 2018)",
    "factorTransferAsInRepDistiller": "FT as RepDistiller has it",
    "overhaul": "OFD: features before their activation (Heo et al. 2019)",
    "softmaxRegression": "SRRL: the student's features in the teacher's head (Yang et al. 2021)",
    "reusedHead": "SimKD: the student ends in the teacher's head (Chen et al. 2022)",
    "contrastiveRepresentation": "CRD: features told apart from others' (Tian et al. 2020)",
    "knowledgeReview": "ReviewKD: stages fused from deep to shallow (Chen et al. 2021)",
    "derivativeSquaredError": "squared error of derivatives with respect to the inputs",
    "projectedDerivativeSquaredError": "the same along random directions, for many classes",
    "averageScoreMatching": "squared error of derivatives of log-probabilities, by the teacher's",
    "modelOptDefault": "T² KL / classes, as ModelOpt has it",
    "teacherAssistant2020": "T² KL / classes, as TAKD has it",
    "haitongli": "T² KL / classes, as peterliht's knowledge-distillation-pytorch has it",
    "teacherFree2020": "T² KL / classes, as Tf-KD has it",
    "bornAgain2018": "KL / classes, as nocotan's born-again networks have it",
    "textBrewer": "soft cross-entropy without T², as TextBrewer has it",
    "torchdistillWithoutLabels": "KL without T², as torchdistill has it",
    "kdLib": "T² times the mean squared error of probabilities, as KD_Lib has it",
    "torchtune": "soft cross-entropy at temperature 1, as torchtune has it",
    "neuralCompressor": "soft cross-entropy times T², as neural-compressor has it",
  ]

  /// What the field's papers and programs call a loss, and how it is written here.
  static let aliases: [String: String] = [
    "kl": "kullbackLeibler", "kld": "kullbackLeibler", "kldiv": "kullbackLeibler",
    "forwardkl": "kullbackLeibler", "reversekl": "reverseKullbackLeibler",
    "rkl": "reverseKullbackLeibler", "js": "jensenShannon", "jsd": "jensenShannon",
    "kd": "softCrossEntropy(temperature: 4)", "hinton": "softCrossEntropy(temperature: 4)",
    "vanilla": "softCrossEntropy(temperature: 4)", "logits": "squaredErrorOnLogits",
    "mse": "squaredErrorOnLogits", "l2": "squaredErrorOnLogits",
    "ce": "crossEntropy", "nll": "crossEntropy", "xent": "crossEntropy",
    "bce": "binaryCrossEntropy", "bcewithlogits": "binaryCrossEntropy",
    "cosine": "embeddingCosine", "tv": "totalVariation",
    "uld": "sortedProbabilities",
    "dkd": "decoupledKullbackLeibler", "wsl": "weightedSoftLabels",
    "lskd": "standardizedKullbackLeibler",
    "ctkd": "curriculumKullbackLeibler(steps: 1000)", "dml": "peersKullbackLeibler",
    "tfkd": "virtualTeacher",
    "endd": "ensembleDistribution", "dist": "pearsonCorrelation", "mlld": "multiLevel",
    "mlkd": "multiLevel", "rkd": "relationalDistance + 2 * relationalAngle",
    "pkt": "probabilisticTransfer", "sp": "similarityPreserving", "cc": "correlationCongruence",
    "fitnet": "hints(of: tap)", "fitnets": "hints(of: tap)", "hint": "hints(of: tap)",
    "at": "attentionTransfer(of: tap)", "ab": "activationBoundaries(of: tap)",
    "cwd": "channelWise(of: tap)", "nst": "neuronSelectivity(of: tap)",
    "vid": "variationalInformation(of: tap)", "fsp": "solutionFlow(from: tap, to: tap)",
    "ft": "factorTransfer(of: tap)", "ofd": "overhaul(of: tap)",
    "srrl": "softmaxRegression(of: tap)", "simkd": "reusedHead(of: tap)",
    "crd": "contrastiveRepresentation", "reviewkd": "knowledgeReview(of: tap tap …)",
    "review": "knowledgeReview(of: tap tap …)", "sobolev": "derivativeSquaredError",
    "jacobian": "derivativeSquaredError", "marginmse": "marginSquaredError",
  ]

  /// How a loss is written here that someone knows by another name; nil for what nobody calls so.
  package static func suggestion(
    for name: String,
    among losses: Catalogue<LossFormula> = .standard
  ) -> String? {
    let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
    let bare = plain.hasSuffix("loss") && plain.count > 4 ? String(plain.dropLast(4)) : plain
    return aliases[bare] ?? losses.nearestName(to: name)
  }

  /// The loss that someone calls so here or in the field; nil for what nobody calls so.
  package static func called(_ name: String) -> LossFormula? {
    if let formula = known[name] { return formula }
    let word = suggestion(for: name, among: known).map {
      String($0.prefix { $0.isLetter || $0.isNumber })
    }
    return word.flatMap { known[$0] }
  }
}
