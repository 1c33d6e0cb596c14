// `import Distill` brings every room of the library.
@_exported import Compression
@_exported import Distillation
@_exported import Exchange
@_exported import Generative
@_exported import GraphNetworks
@_exported import Language
@_exported import Mathematics
@_exported import ModelFiles
@_exported import Networks
@_exported import Predictive
@_exported import Probability
@_exported import Reporting
@_exported import Speech
@_exported import Tensors
@_exported import Vision
