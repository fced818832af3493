// run-a-blob BLOB: one sample of zeros through the C runtime, as firmware would run it.

import Edge
import Foundation

guard CommandLine.arguments.count == 2,
  let file = FileManager.default.contents(atPath: CommandLine.arguments[1])
else {
  print("run-a-blob BLOB")
  exit(2)
}

do throws(RuntimeStatus) {
  let network = try EdgeRuntime(Array(file))
  let inputs = network.inputs.map { [UInt8](repeating: 0, count: $0.bytes) }
  let outputs = try network.run(inputs)
  for (tensor, bytes) in zip(network.outputs, outputs) {
    print(tensor.numbers(of: bytes).map { "\($0)" }.joined(separator: " "))
  }
} catch {
  print("the C runtime refuses the blob: \(error)")
  exit(1)
}
