import Blob
import Emulation
import Testing

@Suite struct BlobTensorElementsTests {
  private func tensor(_ type: BlobElementType, scale: Float) -> BlobTensor {
    BlobTensor(place: 0, shape: [], type: type, scale: scale)
  }

  @Test func numbersGoToTheNearestElement() {
    let numbers: [Float] = [0, 0.2, 0.25, 0.3, 0.75, -0.25, -0.26, -0.75, 63.5, 63.75, 1000, -65]
    #expect(
      tensor(.int8, scale: 0.5).elements(of: numbers)
        == [0, 0, 1, 1, 2, 0, -1, -1, 127, 127, 127, -128])
    #expect(
      tensor(.uint8, scale: 0.5).elements(of: numbers)
        == [0, 0, 1, 1, 2, 0, 0, 0, 127, 128, 255, 0])
  }

  @Test func whatIsNoNumberIsZero() {
    let odd: [Float] = [.nan, .infinity, -.infinity, .greatestFiniteMagnitude]
    #expect(tensor(.int8, scale: 3).elements(of: odd) == [0, 127, -128, 127])
    #expect(tensor(.uint8, scale: 3).elements(of: odd) == [0, 255, 0, 255])
    // The reciprocal of the scale is infinite: 0 times that is no number.
    #expect(tensor(.int8, scale: 0x1p-140).elements(of: [0, 0x1p-140, -1]) == [0, 127, -128])
  }

  /// Not divided: a number halfway between two elements of a scale of 61 may go down.
  @Test func theReciprocalIsRoundedFirst() {
    let reciprocal = 1 / Float(61)
    var differing = 0
    for tick in 1...1000 {
      let number = Float(tick) / 8
      let expected = (number * reciprocal + 0.5).rounded(.down)
      #expect(tensor(.uint8, scale: 61).elements(of: [number]) == [Int32(expected)])
      if expected != (number / 61 + 0.5).rounded(.down) { differing += 1 }
    }
    #expect(differing > 0)
  }

  @Test func elementsStandForMultiplesOfTheScale() {
    let tensor = tensor(.int8, scale: 0.25)
    #expect(tensor.numbers(of: [-128, -1, 0, 127]) == [-32, -0.25, 0, 31.75])
    let all = Array(Int32(-128)...127)
    #expect(tensor.elements(of: tensor.numbers(of: all)) == all)
  }
}
