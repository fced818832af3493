// What an input of a network is in integers, by the samples that it is given.

import Blob
import Datasets
import Lowering

extension IntegerTypes.Input {
  /// What calibration samples say of an input: never negative, or even raw bytes times one scale,
  /// which is then the input's, so that the bytes are its elements.
  package init(_ samples: [Dataset], transform: BlobTransform) {
    func all(_ holds: (Float) -> Bool) -> Bool {
      samples.allSatisfy { dataset in
        stride(from: 0, to: dataset.count, by: 256).allSatisfy { start in
          dataset.samples(start..<min(start + 256, dataset.count)).values.allSatisfy(holds)
        }
      }
    }
    self.init(isSigned: !all { !($0 < 0) })
    guard !isSigned, let factor = transform.scales.first, factor > 0,
      transform.scales.allSatisfy({ $0 == factor }), transform.means.allSatisfy({ $0 == 0 }),
      all({ $0 / factor < 255.5 && abs($0 / factor - ($0 / factor).rounded()) < 0.01 })
    else { return }
    scale = Double(factor)
  }
}
