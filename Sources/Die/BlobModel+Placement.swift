import Blob
import Planning

extension BlobModel {
  /// Whether rows lie in lanes, and lanes in banks, as placing for a target deals them: as many banks in use as there can be.
  package func isPlaced(on target: TargetProfile) -> Bool {
    let layers = steps.compactMap(\.weights)
    let banks = Set(layers.flatMap(\.lanes).map(\.bank))
    return banks.allSatisfy { $0 < target.parameters.count }
      && layers.allSatisfy { $0.lanes.count >= min(target.lanes, $0.rows) }
      && (banks.count > 1 || target.parameters.count == 1)
  }
}
