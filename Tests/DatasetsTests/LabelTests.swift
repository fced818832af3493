import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct LabelTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func labels(_ bytes: [UInt8], samples: Int = 3) throws -> [Int]? {
    var data = Dataset.random(count: samples, sampleShape: [1], seed: 1)
    try data.attachLabels(from: folder.write(bytes, to: "labels"))
    return data.labels
  }

  static let good: [(String, [UInt8])] = [
    ("IDX bytes", Make.idx([3], [3, 0, 255])),
    ("IDX 32 bits", Make.idx([3], type: 0x0C, [0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 255])),
    ("NPY 64 bits", Make.npy("<i8", "(3,)", [3, 0, 255].flatMap { littleEndian(Int64($0)) })),
    ("NPY column", Make.npy("|u1", "(3, 1)", [3, 0, 255])),
    ("NPZ", Make.zip([.init(name: "y.npy", content: Make.npy("|u1", "(3,)", [3, 0, 255]))])),
    ("text", Array("3\n0\n255\n".utf8)),
    ("text of other systems", Array(" 3 \r\n0\t\r\n00255\r\n\r\n\n".utf8)),
    ("text without a last newline", Array("3\n0\n255".utf8)),
  ]

  @Test(arguments: good)
  func everyFormatIsRead(name: String, bytes: [UInt8]) throws {
    #expect(try labels(bytes) == [3, 0, 255])
    if name != "NPZ" { #expect(try labels(Compression.gzip(bytes)) == [3, 0, 255]) }
  }

  @Test(arguments: good)
  func anotherCountIsRefused(name: String, bytes: [UInt8]) throws {
    for samples in [1, 2, 4] {
      let error = failure(try labels(bytes, samples: samples))
      guard case .labelCount(_, labels: 3, samples: samples) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test func labelsWithinCIFARRecordsServeToo() throws {
    #expect(try labels(Make.cifar([3, 0, 9])) == [3, 0, 9])
    #expect(try labels(Compression.gzip(Make.cifar([3, 0, 9]))) == [3, 0, 9])
    let path = folder.path + "/labels"
    _ = try folder.write(Make.cifar([3, 0]), to: "labels")
    var data = Dataset.random(count: 3, sampleShape: [1], seed: 1)
    #expect(failure(try data.attachLabels(from: path))
      == .labelCount(place: path, labels: 2, samples: 3))
  }

  @Test(arguments: [
    ("-1\n0\n1", 0), ("1\n2.5\n3", 1), ("1\n2\nx", 2), ("1\n\n2\n3", 1), ("1 2\n3\n4", 0),
    ("1\n1048576\n3", 1), ("1\n99999999999999999999999\n3", 1), ("1,2,3", 0),
    ("\u{FEFF}1\n2\n3", 0), ("1\n2\n3\nx", 3),
  ])
  func otherTextIsRefused(text: String, index: Int) throws {
    #expect(failure(try labels(Array(text.utf8)))
      == .badLabel(place: folder.path + "/labels", index: index))
  }

  @Test func labelsMustBeIntegersOfOneAxis() throws {
    let place = folder.path + "/labels"
    func error(_ bytes: [UInt8]) -> DatasetError? {
      failure(try labels(bytes))
    }
    let floats = [UInt8](repeating: 0, count: 12)
    #expect(error(Make.npy("<f4", "(3,)", floats))
      == .labelsNotIntegers(place: place, type: "float32", shape: [3]))
    #expect(error(Make.npy("|b1", "(3,)", [0, 1, 0]))
      == .labelsNotIntegers(place: place, type: "bool", shape: [3]))
    #expect(error(Make.npy("|u1", "(3, 2)", [0, 1, 0, 1, 0, 1]))
      == .labelsNotIntegers(place: place, type: "uint8", shape: [3, 2]))
    #expect(error(Make.npy("|u1", "()", [0]))
      == .labelsNotIntegers(place: place, type: "uint8", shape: []))
    #expect(error(Make.idx([3, 1, 1], [0, 1, 0]))
      == .labelsNotIntegers(place: place, type: "uint8", shape: [3, 1, 1]))
    #expect(error(Make.npy("|i1", "(3,)", [0, 1, 0xFF])) == .badLabel(place: place, index: 2))
    let large = littleEndian(UInt64.max) + littleEndian(UInt64(0)) + littleEndian(UInt64(0))
    #expect(error(Make.npy("<u8", "(3,)", large)) == .badLabel(place: place, index: 0))
    #expect(error([]) == .labelCount(place: place, labels: 0, samples: 3))
  }

  @Test func givenLabelsReplaceEmbeddedOnes() throws {
    let images = try folder.write(Make.cifar([3, 1]), to: "images")
    let other = try folder.write(text: "5\n6\n", to: "other")
    #expect(try Dataset.load(path: images, labels: other).labels == [5, 6])
    #expect(failure(try Dataset.load(path: images, labels: folder.path))
      == .unreadable(path: folder.path, reason: "labels are a file, not a folder"))
  }

  @Test func labelsAttachToASubset() throws {
    var part = Dataset.random(count: 5, sampleShape: [1], seed: 1).subset(at: [4, 2])
    try part.attachLabels(from: try folder.write(text: "7\n8\n"))
    #expect(part.labels == [7, 8])
  }
}

extension LabelTests {
  @Test(arguments: [
    ("float32", [3], "class numbers and so integers, not float32"), ("bool", [3], "not bool"),
    ("uint8", [3, 2], "as if one-hot: give class numbers, as numpy.argmax"),
    ("uint8", [3, 1, 1], "integers along one axis"),
  ])
  func sentencesSayWhatToDo(type: String, shape: [Int], words: String) {
    let error = DatasetError.labelsNotIntegers(place: "y.npy", type: type, shape: shape)
    #expect(error.sentence.hasPrefix("y.npy: ") && error.sentence.contains(words))
  }
}
