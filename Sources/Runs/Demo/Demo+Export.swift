import Distill
import Foundation

extension Demo: ExportableJob {
  package func students(of run: Run) -> [OfferedStudent] {
    // That on soft targets and derivatives first.
    let all =
      DemoStudent.allCases.reversed().map { (file: $0.fileName, lesson: $0.rawValue) }
      + FewLabelsStudent.allCases.map { (file: $0.fileName, lesson: "few labels, \($0.rawValue)") }
    return all.map { file, lesson in
      OfferedStudent(file, lesson: lesson) {
        let images = try DemoImages(self, on: run.device)
        let plan = DemoPlan(self, images: images.training.count)
        var offer = OfferedNetwork(
          plan.freshStudent(seed: 0, on: run.device),
          shape: [DemoPlan.studentWidths[0]],
          answers: .classes(images.classes),
          on: images.test.inputs
        )
        offer.facts = [
          "model": "mlp:" + DemoPlan.studentWidths.map(String.init).joined(separator: "-"),
          "takes": "the pixels of an image from 0 to 1, row by row",
        ]
        (offer.labels, offer.fileShape) = (images.test.labels, [1, 28, 28])
        let isFew = file.hasPrefix(FewLabelsPlan.filePrefix)
        offer.teacher = (1...(isFew ? plan.fewLabels.members : plan.members)).map { member in
          run.folder.file("\(isFew ? FewLabelsPlan.filePrefix : "")member-\(member).safetensors")
        }
        return offer
      }
    }
  }
}
