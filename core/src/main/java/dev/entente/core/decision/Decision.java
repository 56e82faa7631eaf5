package dev.entente.core.decision;

import dev.entente.core.transaction.GlobalTransaction;
import java.util.List;

/** The state of a transaction after an event, and the effects to carry out. */
public record Decision(GlobalTransaction next, List<Effect> effects) {}
