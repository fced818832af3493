import Quantization
import Tensors
import Testing

struct RadixSortTests {
  @Test(arguments: [0, 1, 2, 4095, 4096, 5000, 20_000])
  func wordsComeInOrder(count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    let any = (0..<count).map { _ in UInt64.random(in: 0...UInt64.max, using: &generator) }
    for words in [any, any.map { $0 >> 40 }, any.map { $0 << 32 | 1 }, any.map { $0 & 0xFF00FF }] {
      var sorted = words
      sorted.radixSort()
      #expect(sorted == words.sorted())
    }
  }
}
