import Distillation
import Exchange
import ModelFiles
import Networks

extension CompressionTraining {
  /// The teacher observed once at every training example, as far as memory goes; where it does not,
  /// it is observed at every batch. Nil for a loss that needs none.
  package func observedTeacher(for loss: Loss) throws -> (any Teacher)? {
    let needs = loss.needs
    guard needs.teacher else { return nil }
    let teacher = teacher(for: loss)
    let derivatives = needs.derivatives || needs.projections > 0
    let observed = Observed(
      derivatives: derivatives,
      values: loss.comparesValues || plan.data.meaning != nil
    )
    if needs.teacherFeatures.isEmpty, let recorded = recorded[observed] { return recorded }
    guard needs.teacherFeatures.isSubset(of: [Ensemble.membersTap]) else {
      // An ensemble has no layers of its own.
      return teacherNetworks.count > 1
        ? teacher : knownTeacher(of: teacherNetworks[0], as: plan.data.meaning, itself: true)
    }
    // The members of an ensemble, which its store keeps beside their mean.
    if !needs.teacherFeatures.isEmpty, let stored = teacherNetworks[0] as? StoredTeacher {
      return stored
    }
    guard needs.teacherFeatures.isEmpty, device == .cpu, fits(derivatives: derivatives),
      // What it says of images that are changed is not what it says of those that are there.
      plan.training.augmentation == nil
    else {
      return teacher
    }
    let table = try kept(observed, of: teacher) { [self] in
      work.begin("teacher observed", of: data.taught.count, "examples")
      defer { work.end() }
      return try RecordedTeacher(
        of: teacher,
        on: data.taught,
        derivatives: derivatives,
        derivativeStorage: .bfloat16
      ) { [self] done, _ in
        work.update(done)
        if work.isCancelled() { throw stopped("teacher observed") }
      }
    }
    recorded[observed] = table
    return table
  }

  /// A recording out of the store, where there is one.
  private func kept(
    _ observed: Observed,
    of teacher: any Teacher,
    _ record: () throws -> RecordedTeacher
  ) throws -> RecordedTeacher {
    guard let observations else { return try record() }
    let (table, isKept) = try observations.recording(observed, of: teacher, in: self)
    let what = "what the teacher says\(observed.derivatives ? ", with derivatives," : "")"
    work.note(
      isKept
        ? "\(what) is in '\(observations.folder.path)' already: it is not observed again"
        : "\(what) is kept in '\(observations.folder.path)' for other runs"
    )
    return table
  }

  /// The teacher as a loss compares with it. A single network's logits are what they are; of an
  /// ensemble there are probabilities alone.
  package func teacher(for loss: Loss) -> any Teacher {
    loss.comparesValues && teacherNetworks.count == 1
      && loss.needs.teacherFeatures.isEmpty
      ? knownTeacher(of: teacherNetworks[0], as: plan.data.meaning, itself: true) : teacher
  }

  /// Whether a table of derivatives takes less than a third of the machine's memory.
  private func fits(derivatives: Bool) -> Bool {
    guard derivatives else { return true }
    let numbers = data.taught.count * data.classes.count * data.taught.inputShape[0]
    return 2 * numbers < MachineMemory.bytes / 3
  }
}

extension ModuleTeacher {
  /// A teacher of a network whose type is not known.
  ///
  /// - Parameter meaning: What its outputs are; nil where the network knows, or gives logits.
  package init(opening module: any Module, as known: Observation.Meaning? = nil) {
    func make(_ module: some Module) -> ModuleTeacher {
      if let known { return ModuleTeacher(module, observedAs: known) }
      return ModuleTeacher(
        module,
        observedAs: (module as? any MeaningfulModule)?.meaning ?? .logits
      )
    }
    self = make(module)
  }
}

/// A network as a teacher; one of which there is only what it said answers by that.
///
/// - Parameter isItself: Whether it is to give what its network gives, such as logits, not what losses
///   compare.
func knownTeacher(
  of network: any Module,
  as meaning: Observation.Meaning?,
  itself isItself: Bool = false
) -> any Teacher {
  guard let stored = network as? StoredTeacher else {
    guard meaning == .labelLogits else { return ModuleTeacher(opening: network, as: meaning) }
    return ModuleTeacher(opening: network, as: labelMeaning(of: network))
  }
  return isItself ? stored.own ?? stored : stored
}

/// Whether a network gives probabilities of labels or their logits: the first where it ends in a sigmoid.
private func labelMeaning(of network: any Module) -> Observation.Meaning {
  let own = (network as? any MeaningfulModule)?.meaning
  if let own, own.isOfLabels { return own }
  let isSigmoid = (network as? ModelNetwork)?.endsInSigmoid == true
  return isSigmoid || own == .probabilities ? .labelProbabilities : .labelLogits
}

extension Loss {
  /// Whether a term compares the values themselves, not the probabilities that they stand for.
  package var comparesValues: Bool {
    terms.contains { term in
      term.name == "squaredErrorOnLogits" || term.name == "marginSquaredError"
        || (term.needs.teacherFeatures.isEmpty
          && Catalogue<LossFormula>.standard.all.contains {
            $0.name == term.name && $0.taps == .optional
          })
    }
  }
}
