// What a layer keeps, however much rather other layers would see it give.
//
// Saliencies of different layers are numbers of different scales: in a pool that is cut by one
// threshold a layer with small weights, since its inputs are large, loses nearly all of them before
// any other layer loses one, and no retraining brings that back. Others deal shares out beforehand:
// all layers alike, or each in proportion to its rows and columns (Erdős-Rényi; Mocanu et al. 2018),
// which leaves a large layer sparser than a small one, or by saliencies of one scale (LAMP). Here
// layers compete, and a floor keeps that from starving one, as the "minimum threshold" of Gupta et
// al. 2022 (arXiv 2209.14624) does: a share of the lesser of the first two dealings. Where
// saliencies can be compared no layer comes near it.

import ModelGraph

/// The least that layers are left with.
package struct LayerFloor: Equatable, Sendable {
  /// Of the lesser dealing, 0 ... 1; 0: a layer is only not cut off.
  package var share: Double

  package init(share: Double) { self.share = share }

  /// Weights that each layer of a pool keeps at least: one where it is a pool by itself; with others
  /// one in 500 and one more, or the share where that is more.
  ///
  /// - Parameter survivors: of the whole pool.
  package func survivors(of layers: [Layer], sharing survivors: Int) -> [Int] {
    let weights = layers.reduce(0) { $0 + $1.weightCount }
    let lines = layers.reduce(0) { $0 + $1.rows + $1.columns }
    return layers.map { layer in
      let uncut = Self.uncut(layer.weightCount, among: layers.count)
      guard layers.count > 1 else { return uncut }
      let even = Double(layer.weightCount) / Double(max(weights, 1))
      let byLines = Double(layer.rows + layer.columns) / Double(max(lines, 1))
      let kept = (share * min(even, byLines) * Double(survivors)).rounded(.up)
      return min(layer.weightCount, max(uncut, Int(kept)))
    }
  }

  /// Weights without which a layer is as good as cut off.
  static func uncut(_ weights: Int, among layers: Int) -> Int {
    min(weights, layers > 1 ? weights / 500 + 1 : 1)
  }
}
