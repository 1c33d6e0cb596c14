// swift-tools-version: 6.2
import PackageDescription

// Where libtorch lives: `LIBTORCH` if set, else the folder that `make` fills in this checkout.
// The manifest must not look at the disk: SwiftPM caches its result.
let libtorch = Context.environment["LIBTORCH"] ?? "\(Context.packageDirectory)/.libtorch"

// Whatever imports Distill depends on every room by name: SwiftPM builds anew only what depends on a
// changed room itself, not what sees it through another.
let rooms = [
  "Tensors", "Mathematics", "Networks", "Probability", "Distillation", "Predictive", "Generative",
  "Exchange", "ModelFiles", "Reporting", "GraphNetworks", "Vision", "Speech", "Language",
  "Compression",
]

let yams = Target.Dependency.product(
  name: "Yams",
  package: "Yams",
  condition: .when(traits: ["Runs"])
)

let flyingFox = ["FlyingFox", "FlyingSocks"].map {
  Target.Dependency.product(
    name: $0,
    package: "FlyingFox",
    condition: .when(traits: ["Command"])
  )
}

let package = Package(
  name: "distill",
  platforms: [.macOS(.v14), .iOS(.v17)],
  products: [
    .library(name: "Distill", targets: ["Distill"] + rooms),
    .library(name: "DistillRuns", targets: ["Distill", "Runs"] + rooms),
    .library(name: "StudentRuntime", targets: ["StudentRuntime"]),
    .library(name: "StudentExport", targets: ["StudentExport"]),
    .library(name: "distill_student", type: .dynamic, targets: ["StudentLibrary"]),
    .executable(name: "distill", targets: ["DistillCommand"]),
  ],
  traits: [
    // Whoever depends on the library alone names none, and then fetches no other package.
    .trait(name: "Runs", description: "Runs that recipes in YAML describe."),
    .trait(name: "Command", description: "The program distill.", enabledTraits: ["Runs"]),
    .default(enabledTraits: ["Command"]),
    .trait(
      name: "NetCDF",
      description: "Reads draws in NetCDF, as ArviZ writes them, by libnetcdf."
    ),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    .target(
      name: "CTorch",
      cxxSettings: [
        // Declarations of Gloo, which libtorch contains.
        .headerSearchPath("gloo"),
        .unsafeFlags([
          "-isystem", "\(libtorch)/include",
          "-isystem", "\(libtorch)/include/torch/csrc/api/include",
          // The fused kernels are hot loops in every configuration.
          "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast",
        ]),
      ],
      linkerSettings: [
        .unsafeFlags([
          "-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib",
        ]),
        .linkedLibrary("torch_cpu"),
        .linkedLibrary("c10"),
      ]
    ),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CPNG",
      pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"]), .brew(["libpng"])]
    ),
    .systemLibrary(
      name: "CJPEG",
      pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]
    ),
    .systemLibrary(
      name: "CNetCDF",
      pkgConfig: "netcdf",
      providers: [.apt(["libnetcdf-dev"]), .brew(["netcdf"])]
    ),
    .target(name: "CImages", dependencies: ["CPNG", "CJPEG"]),
    .target(name: "CPrograms"),
    .target(name: "Tensors", dependencies: ["CTorch"]),
    .target(
      name: "Mathematics",
      // Called for every draw and every row.
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
    .target(name: "Networks", dependencies: ["Tensors", "Mathematics"]),
    .target(
      name: "Probability",
      dependencies: ["Tensors", "Mathematics"],
      // Samplers are hot loops: without the optimiser the tests take minutes.
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
    .target(name: "Distillation", dependencies: ["Tensors", "Mathematics", "Networks"]),
    .target(
      name: "Predictive",
      dependencies: [
        "Tensors", "Mathematics", "Networks", "Probability", "Distillation", "Exchange",
        "Reporting",
      ],
      // Online distillation and expectation maximisation are hot loops, as the samplers are.
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
    .target(
      name: "Generative",
      dependencies: ["Tensors", "Mathematics", "Networks", "Probability", "Distillation"],
      // Estimates of log Z walk over hundreds of thousands of weights.
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
    .target(
      name: "Exchange",
      dependencies: [
        "Tensors", "Mathematics", "CZlib", "CImages",
        .target(name: "CNetCDF", condition: .when(traits: ["NetCDF"])),
      ],
      // Hashes and readers see every byte.
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
    .target(
      name: "ModelFiles",
      dependencies: [
        "Tensors", "Mathematics", "Networks", "Distillation", "Exchange", "CPrograms",
      ]
    ),
    .target(name: "Reporting", dependencies: ["Tensors", "Mathematics"]),
    .target(name: "GraphNetworks", dependencies: ["Tensors", "Networks", "Distillation"]),
    .target(
      name: "Compression",
      dependencies: [
        "Tensors", "Mathematics", "Networks", "Distillation", "Exchange", "ModelFiles", "Reporting",
      ]
    ),
    .target(
      name: "Runs",
      dependencies: rooms.map { .target(name: $0) } + [
        "Distill", "StudentExport", "StudentRuntime", yams,
      ]
    ),
    .target(
      name: "Watching",
      dependencies: rooms.map { .target(name: $0) } + ["Distill", "Runs"] + flyingFox
    ),
    .target(
      name: "Experiments",
      dependencies: rooms.map { .target(name: $0) } + ["Distill", "Runs"]
    ),
    .target(
      name: "Vision",
      dependencies: ["Tensors", "Networks", "Distillation"],
      // Boxes are matched one by one.
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
    .target(
      name: "Language",
      dependencies: ["Tensors", "Mathematics", "Networks", "Distillation", "Exchange"],
      // Tokenizers see every byte.
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
    .target(name: "Speech", dependencies: ["Tensors", "Networks", "Distillation"]),
    // Runs where libtorch is not: no dependency and no flag that would keep other packages from it.
    .target(name: "CStudentKernels"),
    // The sources that exported students are made of.
    .target(name: "CStudentText"),
    .target(name: "StudentRuntime", dependencies: ["CStudentKernels"]),
    .target(
      name: "StudentLibrary",
      dependencies: ["StudentRuntime"],
      exclude: ["distill_student.h"]
    ),
    .target(
      name: "StudentExport",
      dependencies: [
        "Tensors", "Networks", "Distillation", "Exchange", "ModelFiles", "Predictive", "Generative",
        "GraphNetworks", "Vision", "Speech", "Language", "StudentRuntime", "CStudentText",
      ]
    ),
    .target(name: "Distill", dependencies: rooms.map { .target(name: $0) }),
    .executableTarget(
      name: "DistillCommand",
      dependencies: rooms.map { .target(name: $0) } + [
        "Distill", "Runs", "Experiments", "StudentExport", "StudentRuntime", "Watching",
        .product(
          name: "ArgumentParser",
          package: "swift-argument-parser",
          condition: .when(traits: ["Command"])
        ),
      ]
    ),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "NetworksTests",
      dependencies: ["Networks", "Tensors"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(
      name: "DistillationTests",
      dependencies: ["Distillation", "Networks", "Tensors"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(
      name: "ExchangeTests",
      dependencies: ["Exchange", "Tensors"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(
      name: "ModelFilesTests",
      dependencies: ["ModelFiles", "Distillation", "Exchange", "Networks", "Tensors"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(
      name: "MathematicsTests",
      dependencies: ["Mathematics"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(
      name: "ReportingTests",
      dependencies: ["Reporting", "Mathematics", "Tensors"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(
      name: "GraphNetworksTests",
      dependencies: ["GraphNetworks", "Distillation", "Networks", "Tensors"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(
      name: "VisionTests",
      dependencies: ["Vision", "Distillation", "Networks", "Tensors"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(
      name: "LanguageTests",
      dependencies: ["Language", "Distillation", "Exchange", "Mathematics", "Networks", "Tensors"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(
      name: "SpeechTests",
      dependencies: ["Speech", "Distillation", "Networks", "Tensors"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(
      name: "StudentExportTests",
      dependencies: [
        "StudentExport", "StudentRuntime", "CStudentText", "Predictive", "Generative",
        "GraphNetworks", "Vision", "Speech", "Language", "Networks", "Tensors",
      ],
      exclude: ["Fixtures"]
    ),
    .testTarget(
      name: "GenerativeTests",
      dependencies: [
        "Generative", "Distillation", "Mathematics", "Networks", "Probability", "Tensors",
      ],
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
    .testTarget(
      name: "PredictiveTests",
      dependencies: [
        "Predictive", "Distillation", "Exchange", "Mathematics", "Networks", "Probability",
        "Tensors",
      ],
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
    .testTarget(
      name: "WatchingTests",
      dependencies: ["Watching", "Runs", "Exchange", "Distillation", "Tensors"]
    ),
    .testTarget(
      name: "DistillCommandTests",
      dependencies: rooms.map { .target(name: $0) } + [
        "DistillCommand", "Distill", "Runs", "Experiments", "StudentExport", "StudentRuntime",
        "Watching", yams,
      ],
      exclude: ["Fixtures"]
    ),
    .testTarget(
      name: "CTorchTests",
      dependencies: ["CTorch"],
      // What kernels are compared with are plain loops in Swift.
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
    .testTarget(
      name: "ProbabilityTests",
      dependencies: ["Probability", "Mathematics"],
      resources: [.copy("Fixtures")],
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]
    ),
  ],
  cxxLanguageStandard: .cxx20
)

// SwiftPM documents with every trait, and the library of this one may not be there.
if Context.environment["DISTILL_DOCUMENTS"] != nil {
  package.traits = package.traits.filter { $0.name != "NetCDF" }
  for target in package.targets {
    target.dependencies.removeAll {
      if case .targetItem("CNetCDF", _) = $0 { true } else { false }
    }
  }
}

// Built anew with the address sanitizer by `make fuzz`, which needs the command and its fuzzing alone.
if Context.environment["DISTILL_FUZZ"] != nil {
  package.targets.removeAll { $0.isTest && $0.name != "DistillCommandTests" }
  package.targets.last { $0.isTest }?.sources = [
    "Fuzz", "CompressWorld.swift", "JobRecipe+All.swift", "GenerativeSupport.swift",
    "Support.swift",
  ]
}
