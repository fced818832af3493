// The most memory that a run of the command took.

import Foundation

/// Prints the peak resident memory of `kinglet evolve` on a network of 1.7 million parameters with
/// 5,000 images, where the shared models and the command are there. Before any other child is run.
func printPeakMemory() throws {
  let environment = ProcessInfo.processInfo.environment
  guard let shared = environment["KINGLET_SHARED"], let kinglet = environment["KINGLET"],
    let images = environment["FASHION"]
  else {
    print("peak resident memory: needs KINGLET, KINGLET_SHARED and FASHION in the environment")
    return
  }
  let process = Process()
  process.executableURL = URL(fileURLWithPath: kinglet)
  let output = FileManager.default.temporaryDirectory.appendingPathComponent("kinglet-bench.ckpt")
  process.arguments = [
    "evolve", shared + "/models/fashion-cnn-1.7m.onnx", "--data",
    images + "/t10k-images-idx3-ubyte.gz", "--sparsity", "0.5", "--max-seconds", "60", "-o",
    output.path,
  ]
  (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
  try process.run()
  process.waitUntilExit()
  try? FileManager.default.removeItem(at: output)
  var usage = rusage()
  #if canImport(Glibc)
    getrusage(RUSAGE_CHILDREN.rawValue, &usage)
  #else
    getrusage(RUSAGE_CHILDREN, &usage)
  #endif
  print("peak resident memory of evolve on fashion-cnn-1.7m: \(usage.ru_maxrss / 1024) MiB"
    + (process.terminationStatus == 0 ? "" : " (it failed)"))
}
