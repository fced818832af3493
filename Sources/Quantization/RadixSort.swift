// Least-significant-digit radix sort: one pass counts how often each digit of each place occurs,
// and one pass a place deals the words out by it, stably, from the lowest place to the highest. A
// place where all words have the same digit needs no pass: words with equal low halves take three.

extension [UInt64] {
  /// Sorts ascending; the same as `sort()`, in O(n) time and one more array.
  package mutating func radixSort() {
    if count < 1 << 12 { return sort() }
    let places = [0, 11, 22, 32, 43, 54]
    let masks: [UInt64] = [0x7FF, 0x7FF, 0x3FF, 0x7FF, 0x7FF, 0x3FF]
    var counts = [Int](repeating: 0, count: places.count << 11)
    counts.withUnsafeMutableBufferPointer { counts in
      for word in self {
        for place in 0..<6 {
          counts[place << 11 + Int(word >> UInt64(places[place]) & masks[place])] += 1
        }
      }
    }
    var other = [UInt64](unsafeUninitializedCapacity: count) { $1 = count }
    for place in 0..<6 {
      var starts = [Int](counts[(place << 11)..<((place + 1) << 11)])
      if starts.contains(where: { $0 == count }) { continue }
      var next = 0
      for digit in starts.indices { (starts[digit], next) = (next, next + starts[digit]) }
      let (shift, mask) = (UInt64(places[place]), masks[place])
      starts.withUnsafeMutableBufferPointer { starts in
        withUnsafeBufferPointer { words in
          other.withUnsafeMutableBufferPointer { sorted in
            for word in words {
              let digit = Int(word >> shift & mask)
              sorted[starts[digit]] = word
              starts[digit] += 1
            }
          }
        }
      }
      swap(&self, &other)
    }
  }
}
