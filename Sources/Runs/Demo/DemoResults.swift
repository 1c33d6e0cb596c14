import Distill
import Foundation

/// What the two parts of the demo showed.
package struct DemoResults {
  package let fewLabels: DemoComparison
  package let allLabels: DemoComparison
  /// The largest error of a probability when the ensemble's products are rounded to BFloat16.
  package let roundingError: Double
  package let plan: DemoPlan
  package let images: Int

  /// What is learnt where labels are scarce.
  package static func lesson(_ few: DemoComparison, _ plan: DemoPlan, images: Int) -> String {
    let (control, same, student) = (few.students[0], few.students[1], few.students[2])
    let gain = student.accuracyGain!
    func points(_ gain: Estimate) -> String {
      String(format: "%+.1f ± %.1f points", 100 * gain.mean, 200 * gain.standardError)
    }
    return String(
      format: """
        %@ images have labels, %@ have none. The student that learnt what an ensemble of %@ \
        says about all of them is %@ than the same network trained on \
        the labels: right on %.1f%% of new images instead of %.1f%% (%@, image by image). Without \
        the images that nobody labelled, soft targets are worth %@. The student agrees with the \
        ensemble on %.1f%% of new images, and answers %.0f times faster.
        """,
      grouped(plan.fewLabels.labels),
      grouped(images - plan.fewLabels.labels),
      plan.fewLabels.members == 1
        ? "one convolutional network" : "\(plan.fewLabels.members) convolutional networks",
      DemoComparison.verdict(gain),
      100 * student.accuracy.mean,
      100 * control.accuracy.mean,
      points(gain),
      points(same.accuracyGain!),
      100 * student.agreement!.mean,
      few.savings.time
    )
  }

  package var fewLabelsLesson: String { Self.lesson(fewLabels, plan, images: images) }

  /// What is learnt where every image has a label.
  package var allLabelsLesson: String {
    let (labels, distilled) = (allLabels.students[0], allLabels.students[2])
    let gain = distilled.logProbabilityGain!
    let isNearer =
      distilled.agreement!.mean > labels.agreement!.mean
      && distilled.divergence!.mean < labels.divergence!.mean
    return String(
      format: """
        With all %@ labels there is less to gain: the student's log-probability on the true classes \
        is %@ than the control's (%+.4f ± %.4f). %@ with the \
        ensemble on %.1f%% of new images (%.1f%% when trained on the labels), with predictions \
        %.1f times closer to the ensemble's, %.0f times smaller and %.0f times faster.
        """,
      grouped(images),
      DemoComparison.verdict(gain),
      gain.mean,
      2 * gain.standardError,
      isNearer ? "What it gains is likeness: it agrees" : "It agrees",
      100 * distilled.agreement!.mean,
      100 * labels.agreement!.mean,
      labels.divergence!.mean / distilled.divergence!.mean,
      allLabels.savings.size,
      allLabels.savings.time
    )
  }
}
