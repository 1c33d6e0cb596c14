/// What a term of a loss is, as a value of a type of its own.
///
/// Engines recognise the terms that they compute by their identity, never by a name, which two
/// formulas may share:
///
/// ```swift
/// enum Robust: TermIdentity { case huber(delta: Double) }
/// let loss = Loss("huber", needs: Needs(teacher: true)) { … }.identified(as: Robust.huber(delta: 1))
/// ```
public protocol TermIdentity: Hashable, Sendable {}
