extension LossFacts {
  private static let hinton = "Hinton, Vinyals & Dean 2015"

  /// On labels, probabilities, logits and values.
  static let ofOutputs: [String: LossFacts] = [
    "crossEntropy": LossFacts(
      "−log f_y; with smoothing ε: −(1−ε) log f_y − ε/K Σ_k log f_k",
      batch,
      .none,
      "Szegedy et al. 2016 (smoothing)",
      when: "beside a loss of the teacher where labels are right; alone for the control"
    ),
    "virtualTeacher": LossFacts(
      "T² KL(u‖f), u the label with a and the other classes alike",
      batch,
      .squared,
      "Yuan et al. 2020",
      when: "there is no teacher, and smoothed labels are to stand for one"
    ),
    "virtualTeacherAsInTeacherFree2020": LossFacts(
      "KL(softmax(u/T)‖f₁)/K, f₁ the student at temperature 1",
      classes,
      .unneeded,
      "Yuan et al. 2020, the authors' code",
      when: "to repeat a recipe of Tf-KD, weights and all"
    ),
    "softCrossEntropy": LossFacts(
      "−T² Σ_k t_k log f_k",
      batch,
      .squared,
      hinton,
      when: "first: soft targets need no more than the teacher's probabilities, and steps are fused"
    ),
    "kullbackLeibler": LossFacts(
      "T² Σ_k t_k (log t_k − log f_k)",
      batch,
      .squared,
      hinton,
      when: "as softCrossEntropy, whose gradient it has, where the loss should be 0 at agreement"
    ),
    "reverseKullbackLeibler": LossFacts(
      "T² Σ_k f_k (log f_k − log t_k)",
      batch,
      .squared,
      "Gu et al. 2024",
      when:
        "the student is too small for all that the teacher allows, and is to say something right"
    ),
    "jeffreys": LossFacts(
      "T² Σ_k (t_k − f_k)(log t_k − log f_k)",
      batch,
      .squared,
      "Jeffreys 1946",
      when: "neither missing a class nor inventing one may be cheap"
    ),
    "jensenShannon": LossFacts(
      "T² [β KL(t‖m) + (1−β) KL(f‖m)], m = βt + (1−β)f",
      batch,
      .squared,
      "Lin 1991; Agarwal et al. 2024",
      when: "the loss must stay bounded, as on text that the student wrote itself"
    ),
    "skewKullbackLeibler": LossFacts(
      "T² KL(t‖αt + (1−α)f)",
      batch,
      .squared,
      "Ko et al. 2024",
      when: "KL, and students that exclude classes must not blow up the gradient"
    ),
    "skewReverseKullbackLeibler": LossFacts(
      "T² KL(f‖(1−α)t + αf)",
      batch,
      .squared,
      "Ko et al. 2024",
      when: "reverse KL, and teachers that exclude classes must not blow up the gradient"
    ),
    "binaryCrossEntropy": LossFacts(
      "−T² Σ_k [t_k log f_k + (1 − t_k) log(1 − f_k)], f_k = σ(z_k/T)",
      batch,
      .squared,
      "Yang et al. 2023",
      when: "labels do not exclude each other: an example may have several, or none"
    ),
    "embeddingCosine": LossFacts(
      "1 − cos(s, t)",
      batch,
      .none,
      "—",
      when: "the teacher gives vectors of which the direction counts, such as embeddings"
    ),
    "totalVariation": LossFacts(
      "½ Σ_k |f_k − t_k|",
      batch,
      .none,
      "Wen et al. 2023",
      when: "what counts is the most by which a probability may be wrong; not from the first step"
    ),
    "sortedProbabilities": LossFacts(
      "Σ_k |f_(k) − t_(k)| of probabilities sorted by size",
      batch,
      .none,
      "Boizard et al. 2024",
      when: "student and teacher have other classes, such as other tokens; beside a cross-entropy"
    ),
    "decoupledKullbackLeibler": LossFacts(
      "T² [α KL(b_t‖b_f) + β KL(t̂‖f̂)], b of the label against the rest, p̂ of the rest",
      batch,
      .squared,
      "Zhao et al. 2022",
      when: "the teacher is very sure, and what it says of the other classes gets lost in KL"
    ),
    "standardizedKullbackLeibler": LossFacts(
      "T² KL(softmax(ẑ_t/T)‖softmax(ẑ_f/T)), ẑ logits of mean 0 and deviation 1",
      batch,
      .squared,
      "Sun et al. 2024",
      when: "the teacher is far larger, so that the size of its logits is no aim"
    ),
    "weightedSoftLabels": LossFacts(
      "T² w KL(t‖f), w = 1 − exp(−log f_y / log t_y)",
      batch,
      .squared,
      "Zhou et al. 2021",
      when: "the teacher is often wrong: examples on which the student is better count less"
    ),
    "curriculumKullbackLeibler": LossFacts(
      "T² KL(t‖f), T going up the loss as the student goes down",
      batch,
      .squared,
      "Li et al. 2023",
      when: "there is no time to look for a temperature"
    ),
    "peersKullbackLeibler": LossFacts(
      "T²/M Σ_m KL(t_m‖f)",
      batch,
      .squared,
      "Zhang et al. 2018",
      when: "students learn from each other, or members of an ensemble are to be heard one by one"
    ),
    "topKullbackLeibler": LossFacts(
      "T² [Σ_top t_c log(t_c/f_c) + t_tail log(t_tail/f_tail)]",
      batch,
      .squared,
      "the sum over a partition; Kullback & Leibler 1951",
      when: "there are tens of thousands of classes, and the teacher's answers are kept"
    ),
    "ensembleDistribution": LossFacts(
      "−1/M Σ_m log Dirichlet(π_m; α), α_k = exp(z_k/T)",
      batch,
      .other,
      "Malinin, Mlodozeniec & Gales 2020",
      when: "the student must say how much the members of an ensemble disagree, not only their mean"
    ),
    "squaredErrorOnLogits": LossFacts(
      "½ Σ_k (z_k − z_tk)²",
      batch,
      .none,
      "Ba & Caruana 2014",
      when: "the student has room enough to say all that the teacher says"
    ),
    "squaredErrorOnProbabilities": LossFacts(
      "½ Σ_k (f_k − t_k)²",
      batch,
      .none,
      "Brier 1950",
      when: "targets are noisy or come as single draws: it is bounded and unbiased for them"
    ),
    "squaredErrorOnLogProbabilities": LossFacts(
      "½ Σ_k (log f_k − log t_k)²",
      batch,
      .none,
      "Papamakarios 2015",
      when: "small probabilities must be right, too, and the teacher's are exact"
    ),
    "squaredError": LossFacts(
      "½ Σ_k (f_k − t_k)² of values",
      batch,
      .none,
      "Gauss 1809",
      when: "the teacher gives real numbers: regression, log-densities"
    ),
    "marginSquaredError": LossFacts(
      "mean over j of ((s_0 − s_j) − (t_0 − t_j))²",
      "mean over the batch and the documents",
      .none,
      "Hofstätter et al. 2020",
      when: "rankers: the first document of a query is the relevant one"
    ),
  ]

  static let ofDerivatives: [String: LossFacts] = [
    "derivativeSquaredError": LossFacts(
      "1/(2K) Σ_k ‖∂log f_k/∂x − ∂log t_k/∂x‖²",
      batch,
      .none,
      "Papamakarios 2015; Czarnecki et al. 2017",
      when: "examples are scarce and the teacher has derivatives; beside soft targets"
    ),
    "projectedDerivativeSquaredError": LossFacts(
      "1/(2KM) Σ_m ‖Σ_k v_mk (∂log f_k/∂x − ∂log t_k/∂x)‖², v normal",
      batch,
      .none,
      "Czarnecki et al. 2017; Srinivas & Fleuret 2018",
      when: "the same with many classes: a backward pass a direction in place of one a class"
    ),
    "averageScoreMatching": LossFacts(
      "½ Σ_k t_k ‖∂log f_k/∂x − ∂log t_k/∂x‖²",
      batch,
      .none,
      "Papamakarios 2015",
      when: "derivatives of a random teacher, such as a chain: unbiased for single draws"
    ),
  ]

  /// What other programs compute under the name of soft targets.
  static let ofConventions: [String: LossFacts] = {
    func fact(
      _ formula: String,
      _ reduction: String,
      _ temperature: Temperature,
      _ whose: String
    ) -> LossFacts {
      LossFacts(
        formula,
        reduction,
        temperature,
        whose,
        when: "to move a recipe over, weights and all"
      )
    }
    return [
      "modelOptDefault": fact("T² KL(t‖f)/K", classes, .squared, "NVIDIA ModelOpt 2025"),
      "teacherAssistant2020": fact("T² KL(t‖f)/K", classes, .squared, "Mirzadeh et al. 2020"),
      "haitongli": fact(
        "T² KL(t‖f)/K",
        classes,
        .squared,
        "peterliht's knowledge-distillation-pytorch"
      ),
      "teacherFree2020": fact("T² KL(t‖f)/K", classes, .squared, "Yuan et al. 2020"),
      "bornAgain2018": fact("KL(t‖f)/K", classes, .absent, "nocotan's born-again networks 2018"),
      "textBrewer": fact("−Σ_k t_k log f_k", batch, .absent, "TextBrewer 2020"),
      "torchdistillWithoutLabels": fact("KL(t‖f)", batch, .absent, "torchdistill 2020"),
      "kdLib": fact("T² Σ_k (f_k − t_k)²/K", classes, .squared, "KD_Lib 2020"),
      "torchtune": fact("−Σ_k t_k log f_k at T = 1", batch, .none, "torchtune 2024"),
      "neuralCompressor": fact("−T² Σ_k t_k log f_k", batch, .squared, "neural-compressor 2021"),
    ]
  }()
}
