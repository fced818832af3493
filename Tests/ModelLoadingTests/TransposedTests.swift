import ModelGraph
import Testing

@testable import ModelLoading

private func transposed(
  _ attributes: AttributeBytes..., weight: [Int] = [3, 4, 3, 3], bias: Int? = nil,
  input: [Int?] = [nil, 3, 8, 8]
) -> ModelBytes {
  var node = NodeBytes("ConvTranspose", ["x", "w"] + (bias == nil ? [] : ["b"]), ["y"])
  node.attributes = attributes
  return model(
    node, input: input,
    weights: [TensorBytes("w", counting: weight), TensorBytes("b", counting: [bias ?? 4])])
}

private let forms = [
  Form("plain", transposed(), gives: [4, 10, 10], by: ["convolution"]),
  Form("bias", transposed(bias: 4), gives: [4, 10, 10]),
  Form(
    "strides", transposed(.ints("strides", [2, 2]), .ints("pads", [1, 1, 0, 0])), gives: [4, 16, 16],
    by: ["convolution", "reshape", "transpose", "reshape"]),
  Form(
    "strides that do not divide the output", transposed(.ints("strides", [2, 3])), gives: [4, 17, 24],
    by: ["convolution", "reshape", "transpose", "reshape", "reshape", "gather", "reshape"]),
  Form("output_padding", transposed(.ints("strides", [3, 2]), .ints("output_padding", [2, 1])), gives: [4, 26, 18]),
  Form("output_shape", transposed(.ints("strides", [2, 2]), .ints("output_shape", [18, 15])), gives: [4, 18, 15]),
  Form(
    "SAME_LOWER", transposed(.text("auto_pad", "SAME_LOWER"), .ints("strides", [2, 3])), gives: [4, 16, 24]),
  Form("dilations", transposed(.ints("dilations", [2, 3])), gives: [4, 12, 14]),
  Form("groups", transposed(.int("group", 3), weight: [3, 2, 3, 3]), gives: [6, 10, 10], by: ["convolution/3"]),
  Form("one dimension", transposed(weight: [3, 4, 5], input: [nil, 3, 8]), gives: [4, 12]),
  Form("channels", transposed(weight: [2, 4, 3, 3]), refused: "in 1 groups do not fit 3 input channels"),
  Form("no groups", transposed(.int("group", 0)), refused: "in 0 groups do not fit"),
  Form("kernel_shape", transposed(.ints("kernel_shape", [5, 5])), refused: "do not have the kernel of kernel_shape"),
  Form("a bias of others", transposed(bias: 3), refused: "is not one number for each of 4 channels"),
  Form("nothing left", transposed(.ints("pads", [9, 0, 9, 0])), refused: "nothing is left of its output"),
  Form("a stride of 0", transposed(.ints("strides", [0, 1])), refused: "strides [0, 1] does not fit"),
  Form("a large stride", transposed(.ints("strides", [60000, 60000])), refused: "too many"),
]

@Suite struct TransposedTests {
  @Test(arguments: forms) func aFormIsReadOrRefused(_ form: Form) { form.check() }

  /// Along an axis, by the definition: place i of the input adds w[tap] to i x stride + tap x dilation - before.
  @Test func phasesAreTheTapsOfTheDefinition() {
    for stride in 1...3 {
      for (kernel, dilation, before) in [(1, 1, 0), (2, 1, 0), (3, 1, 1), (4, 1, 3), (5, 2, 4), (3, 3, 7)] {
        for (input, output) in [(1, 1), (3, 3 * stride), (4, 4 * stride - 1), (2, 2 * stride + 7)] {
          check(
            TransposedWindow(
              input: [1, input], output: [1, output], kernel: [1, kernel], strides: [1, stride],
              dilations: [1, dilation], before: [0, before]))
        }
      }
    }
  }

  private func check(_ transposed: TransposedWindow) {
    let (taps, x) = ((1...transposed.kernel[1]).map { Float($0 * $0) }, (1...transposed.input[1]).map { Float($0) })
    var expected = [Float](repeating: 0, count: transposed.output[1])
    for (i, number) in x.enumerated() {
      for (tap, weight) in taps.enumerated() {
        let place = i * transposed.strides[1] + tap * transposed.dilations[1] - transposed.before[1]
        if expected.indices.contains(place) { expected[place] += weight * number }
      }
    }
    let (filters, window) = (transposed.filters(taps, columns: 1), transposed.window)
    let width = window.kernel[1]
    let found = expected.indices.map { place -> Float in
      let (block, phase) = place.quotientAndRemainder(dividingBy: transposed.strides[1])
      return (0..<width).reduce(0) { sum, tap in
        let i = block + tap - window.padBefore[1]
        return sum + (x.indices.contains(i) ? filters[phase * width + tap] * x[i] : 0)
      }
    }
    #expect(found == expected, "\(transposed)")
    let swept = window.outputSize(transposed.input[1], axis: 1) ?? 0
    #expect(swept * transposed.strides[1] >= transposed.output[1])
  }
}
