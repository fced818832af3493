// A bank's pad is as long as its neediest lane asks, so that the choice for one layer bears on what
// another costs: a K with short advances may save ten bytes in its lane and ask for a hundred in
// the pad. For every pad that a candidate asks for, each layer takes its smallest candidate that
// asks for no more; the least sum wins. That is exact for one bank. With several, one bound holds
// for all, and the pads that result are counted bank by bank.

enum MaskChoice {
  /// For each layer the index of the candidate to take.
  ///
  /// - Parameters:
  ///   - candidates: for each layer at least one, by ascending pad and descending bytes.
  ///   - banks: for each layer, the banks of its lanes.
  static func best(_ candidates: [[MaskCandidate]], banks: [[Int]]) -> [Int] {
    let pads = Set(candidates.joined().map(\.pad)).sorted()
    var best: (bytes: Int, choice: [Int])?
    for bound in pads {
      let choice = candidates.map { layer in (layer.lastIndex { $0.pad <= bound }) }
      let taken = choice.compactMap(\.self)
      if taken.count < candidates.count { continue }
      let bytes = cost(candidates, taken, banks: banks)
      if bytes < best?.bytes ?? .max { best = (bytes, taken) }
    }
    return best?.choice ?? []
  }

  private static func cost(
    _ candidates: [[MaskCandidate]], _ choice: [Int], banks: [[Int]]
  ) -> Int {
    var bytes = 0
    var pads: [Int: Int] = [:]
    for (layer, index) in choice.enumerated() {
      let candidate = candidates[layer][index]
      bytes += candidate.bytes
      for (bank, bits) in zip(banks[layer], candidate.laneBits) where bits > 0 {
        pads[bank] = max(pads[bank] ?? 0, candidate.pad)
      }
    }
    return pads.values.reduce(bytes, +)
  }
}
