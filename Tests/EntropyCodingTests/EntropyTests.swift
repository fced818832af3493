import EntropyCoding
import Testing

@Suite struct EntropyTests {
  @Test func entropiesOfKnownCounts() {
    #expect(Entropy.bits(frequencies: []) == 0)
    #expect(Entropy.bits(frequencies: [0, 7]) == 0)
    #expect(Entropy.bits(frequencies: [4, 4]) == 8)
    #expect(Entropy.bits(frequencies: [2, 1, 1]) == 6)
  }

  /// At 90, 95 and 98 % sparsity: 0.469, 0.286 and 0.141 bits a position.
  @Test(arguments: [(100, 0.469), (50, 0.286), (20, 0.141)])
  func aMaskCostsItsBinaryEntropy(survivors: Int, bits: Double) {
    #expect(abs(Entropy.maskBits(survivors: survivors, total: 1000) / 1000 - bits) < 0.0006)
  }

  @Test func certainMasksAreFree() {
    #expect(Entropy.maskBits(survivors: 0, total: 9) == 0)
    #expect(Entropy.maskBits(survivors: 9, total: 9) == 0)
    #expect(Entropy.maskBits(survivors: 0, total: 0) == 0)
  }
}
