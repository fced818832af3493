import Datasets
import Foundation
import TestSupport
import Testing

/// Real files, where they are installed.
@Suite struct KnownDatasetTests {
  static let fashion = "/usr/share/datasets/fashion-mnist"
  static let hasFashion = FileManager.default.fileExists(
    atPath: fashion + "/train-images-idx3-ubyte.gz")

  private func histogram(_ data: Dataset) -> [Int] {
    var counts = [Int](repeating: 0, count: 10)
    for label in data.labels ?? [] { counts[label] += 1 }
    return counts
  }

  private func mean(_ data: Dataset) -> Double {
    let batch = 1000
    var sum = 0.0
    for start in stride(from: 0, to: data.count, by: batch) {
      let values = data.samples(start..<min(start + batch, data.count)).values
      sum += Double(values.reduce(0, +)) / Double(data.sampleShape.reduce(1, *))
    }
    return sum / Double(data.count)
  }

  @Test(.enabled(if: SharedFiles.has("data/mnist"), "no MNIST in the shared folder"))
  func mnistIsWhole() throws {
    let folder = SharedFiles.folder + "/data/mnist/"
    let training = try Dataset.load(
      path: folder + "train-images-idx3-ubyte.gz", labels: folder + "train-labels-idx1-ubyte.gz")
    #expect(training.count == 60_000)
    #expect(training.sampleShape == [1, 28, 28])
    #expect(histogram(training)
      == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    #expect(abs(mean(training) - 0.1307) < 0.0001)
    #expect(training.labels?.prefix(5) == [5, 0, 4, 1, 9])
    let test = try Dataset.load(
      path: folder + "t10k-images-idx3-ubyte.gz", labels: folder + "t10k-labels-idx1-ubyte.gz")
    #expect(histogram(test) == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
  }

  @Test(.enabled(if: SharedFiles.has("data/cifar10"), "no CIFAR-10 in the shared folder"))
  func cifarIsRead() throws {
    for (name, count) in [("test-2000", 2000), ("train-5000", 5000)] {
      let data = try Dataset.load(path: SharedFiles.folder + "/data/cifar10/\(name).bin.gz")
      #expect(data.count == count)
      #expect(data.sampleShape == [3, 32, 32])
      #expect(histogram(data).reduce(0, +) == count)
      #expect(histogram(data).allSatisfy { $0 > count / 20 })
      #expect(abs(mean(data) - 0.474) < 0.01)  // of the whole of CIFAR-10: 0.4914, 0.4822, 0.4465
    }
  }

  @Test(.enabled(if: hasFashion, "the package dataset-fashion-mnist is not installed"))
  func fashionMNISTIsWhole() throws {
    for (name, count) in [("train", 60_000), ("t10k", 10_000)] {
      let data = try Dataset.load(
        path: "\(Self.fashion)/\(name)-images-idx3-ubyte.gz",
        labels: "\(Self.fashion)/\(name)-labels-idx1-ubyte.gz")
      #expect(data.count == count)
      #expect(data.sampleShape == [1, 28, 28])
      #expect(histogram(data) == [Int](repeating: count / 10, count: 10))
      #expect(abs(mean(data) - 0.2865) < 0.001)
    }
  }
}
