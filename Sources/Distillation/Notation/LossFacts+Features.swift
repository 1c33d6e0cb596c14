extension LossFacts {
  /// How examples, or classes, of a batch are related.
  static let ofRelations: [String: LossFacts] = [
    "pearsonCorrelation": LossFacts(
      "β(1 − mean_n ρ(f_n·, t_n·)) + γ(1 − mean_k ρ(f_·k, t_·k))",
      whole,
      .unneeded,
      "Huang et al. 2022",
      when: "the teacher is far stronger: only the order and shape are matched"
    ),
    "exampleRelations": LossFacts(
      "1/B ‖F Fᵀ − T Tᵀ‖²",
      whole,
      .absent,
      "Jin, Wang & Lin 2023",
      when: "as a part of multiLevel"
    ),
    "classRelations": LossFacts(
      "1/K ‖Fᵀ F − Tᵀ T‖²",
      whole,
      .absent,
      "Jin, Wang & Lin 2023",
      when: "as a part of multiLevel"
    ),
    "multiLevel": LossFacts(
      "Σ over T of kullbackLeibler + exampleRelations + classRelations",
      whole,
      .none,
      "Jin, Wang & Lin 2023",
      when: "batches are large, and logits are all that the teacher gives"
    ),
    "relationalDistance": LossFacts(
      "Huber(‖s_i − s_j‖/μ_s, ‖t_i − t_j‖/μ_t)",
      "mean over pairs of the batch",
      .none,
      "Park et al. 2019",
      when: "embeddings are taught, whose widths differ; beside relationalAngle"
    ),
    "relationalAngle": LossFacts(
      "Huber(cos ∠(s_i, s_j, s_k), cos ∠(t_i, t_j, t_k))",
      "mean over triples of the batch",
      .none,
      "Park et al. 2019",
      when: "beside relationalDistance; memory grows with the batch cubed"
    ),
    "probabilisticTransfer": LossFacts(
      "KL(q_t‖q_s), q_j|i ∝ (1 + cos(x_i, x_j))/2",
      whole,
      .none,
      "Passalis & Tefas 2018",
      when: "neighbours must stay neighbours, as for retrieval"
    ),
    "similarityPreserving": LossFacts(
      "1/B² ‖N(S Sᵀ) − N(T Tᵀ)‖²",
      whole,
      .none,
      "Tung & Mori 2019",
      when: "architectures differ much, and features are compared only with each other"
    ),
    "correlationCongruence": LossFacts(
      "1/B² ‖K(S) − K(T)‖², K a series of exp(−γ‖x_i − x_j‖²)",
      whole,
      .none,
      "Peng et al. 2019",
      when: "as similarityPreserving, with similarities that are not linear"
    ),
    "relationalDistanceAsInRepDistiller": elsewhere(
      "the same, over pairs of an example with itself, too",
      "RepDistiller (Park et al. 2019)"
    ),
    "relationalDistanceAsInMMRazor": elsewhere(
      "the same, of embeddings of length 1",
      "MMRazor (Park et al. 2019)"
    ),
    "relationalAngleAsInRepDistiller": elsewhere(
      "the same, over all B³ triples",
      "RepDistiller (Park et al. 2019)"
    ),
    "relationalAngleAsInMMRazor": elsewhere(
      "the same, of embeddings of length 1",
      "MMRazor (Park et al. 2019)"
    ),
    "probabilisticTransferAsInRepDistiller": elsewhere(
      "the same over all B² pairs",
      "RepDistiller (Passalis & Tefas 2018)"
    ),
    "similarityPreservingAsInTorchdistill": elsewhere(
      "1/B² ‖N(S Sᵀ) − N(T Tᵀ)‖², N by Σ |x|",
      "torchdistill (Tung & Mori 2019)"
    ),
    "correlationCongruenceAsInTorchdistill": elsewhere(
      "‖K(S) − K(T)‖/B²",
      "torchdistill (Peng et al. 2019)"
    ),
    "bilinearCongruenceAsInTorchdistill": elsewhere(
      "‖S Sᵀ − T Tᵀ‖/B²",
      "torchdistill (Peng et al. 2019)"
    ),
    "successiveDifferences": elsewhere(
      "mean_i Σ_k |s_ik − t_ik| |s_(i+1)k − t_(i+1)k|",
      "RepDistiller's \"correlation\""
    ),
  ]

  private static func elsewhere(_ formula: String, _ whose: String) -> LossFacts {
    LossFacts(formula, whole, .none, whose, when: "to move a recipe over, weights and all")
  }

  /// On what networks compute on the way, at taps.
  static let ofFeatures: [String: LossFacts] = [
    "hints": LossFacts(
      "mean over elements of (r(s) − t)²",
      batch,
      .none,
      "Romero et al. 2015",
      when: "the student is deep and thin; the simplest loss on features, to be beaten by others"
    ),
    "attentionTransfer": LossFacts(
      "mean over places of (q_s − q_t)², q = Q/‖Q‖, Q = Σ_c |a_c|^p",
      batch,
      .none,
      "Zagoruyko & Komodakis 2017, their code",
      when: "convolutional networks of other widths: only where they look is compared"
    ),
    "attentionTransferAsInPaper": LossFacts(
      "‖q_s − q_t‖",
      batch,
      .none,
      "Zagoruyko & Komodakis 2017",
      when: "as attentionTransfer, with the paper's distance"
    ),
    "activationBoundaries": LossFacts(
      "Σ [t > 0] max(μ − r(s), 0)² + [t ≤ 0] max(μ + r(s), 0)²",
      batch,
      .none,
      "Heo et al. 2019",
      when: "in a first stage: which units are on, not how much"
    ),
    "channelWise": LossFacts(
      "T²/C Σ_c KL(φ(t_c)‖φ(s_c)), φ the softmax over places",
      batch,
      .squared,
      "Shu et al. 2021",
      when: "dense prediction: segmentation and detection"
    ),
    "neuronSelectivity": LossFacts(
      "MMD² of channels' maps, kernel (x·y)²",
      batch,
      .none,
      "Huang & Wang 2017",
      when: "channels differ in number and order"
    ),
    "neuronSelectivityLinear": LossFacts(
      "MMD² of channels' maps, kernel x·y",
      batch,
      .none,
      "Huang & Wang 2017",
      when: "the same, cheapest"
    ),
    "neuronSelectivityGaussian": LossFacts(
      "MMD² of channels' maps, kernel exp(−‖x − y‖²/2σ²)",
      batch,
      .none,
      "Huang & Wang 2017",
      when: "the same, where all moments count"
    ),
    "variationalInformation": LossFacts(
      "mean over elements of ½[(μ(s) − t)²/σ² + log σ²]",
      batch,
      .none,
      "Ahn et al. 2019",
      when: "as hints, where some channels cannot be matched: their σ² grows"
    ),
    "solutionFlow": LossFacts(
      "mean of (G_s − G_t)², G_ij = mean over places of a_i b_j",
      batch,
      .none,
      "Yim et al. 2017",
      when: "the way from one layer to another is to be learnt, in a first stage"
    ),
    "solutionFlowAsInTorchdistill": LossFacts(
      "the same with the distance of torchdistill",
      batch,
      .none,
      "torchdistill (Yim et al. 2017)",
      when: "to move a recipe over, weights and all"
    ),
    "factorTransfer": LossFacts(
      "mean |a_s/‖a_s‖ − a_t/‖a_t‖|, a factors of a paraphraser",
      batch,
      .none,
      "Kim et al. 2018",
      when: "the teacher's features are to be said in fewer channels first"
    ),
    "factorTransferAsInRepDistiller": LossFacts(
      "the same with RepDistiller's comparison",
      batch,
      .none,
      "RepDistiller (Kim et al. 2018)",
      when: "to move a recipe over, weights and all"
    ),
    "overhaul": LossFacts(
      "Σ (r(s) − max(t, m))² where t > 0 or r(s) > max(t, m)",
      batch,
      .none,
      "Heo et al. 2019",
      when: "features before their ReLU of convolutional networks with batch normalisation"
    ),
    "softmaxRegression": LossFacts(
      "(mean r(s) − mean t)² + w (head(r(s)) − z_t)²",
      batch,
      .none,
      "Yang et al. 2021",
      when: "the teacher's head is good, and the student's features are to serve it"
    ),
    "reusedHead": LossFacts(
      "mean (r(s) − t)², the student ending in the teacher's head",
      "mean over batch, channels and places",
      .none,
      "Chen et al. 2022",
      when: "there are no labels, and the teacher's head may be kept"
    ),
    "contrastiveRepresentation": LossFacts(
      "−log h(v, m_own) − Σ log(1 − h(v, m_other))",
      batch,
      .other,
      "Tian, Krishnan & Isola 2020",
      when: "embeddings for transfer; needs a memory of all examples"
    ),
    "knowledgeReview": LossFacts(
      "Σ_l HCL(r_l, t_l): maps at full size, 4×4, 2×2, 1×1",
      "mean over batch, channels and places",
      .none,
      "Chen et al. 2021",
      when: "several stages of convolutional networks are compared at once"
    ),
  ]
}
