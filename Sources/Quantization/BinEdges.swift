/// First index of each of about `bins` bins of `count` ascending values, and `count`: half of them
/// of as many values each, half of the same width, all together. Near where most values lie the
/// former are the finer, in the tails the latter.
func binEdges(count: Int, bins: Int, value: (Int) -> Double) -> [Int] {
  let parts = bins / 2
  let least = value(0)
  let width = (value(count - 1) - least) / Double(parts)
  var edges = (0...parts).map { $0 * count / parts }
  for step in 1..<parts {
    let bound = least + width * Double(step)
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if value(middle) < bound { low = middle + 1 } else { high = middle }
    }
    edges.append(low)
  }
  return Array(Set(edges)).sorted()
}
