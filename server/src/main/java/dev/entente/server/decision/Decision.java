package dev.entente.server.decision;

import dev.entente.server.transaction.GlobalTransaction;
import java.util.List;

/** What a transaction is after an event, and what is to be done about it. */
public record Decision(GlobalTransaction next, List<Effect> effects) {}
