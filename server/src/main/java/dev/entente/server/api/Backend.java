package dev.entente.server.api;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Transactions;
import dev.entente.server.participant.TargetGuard;
import dev.entente.server.store.Membership.Peer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * What the services speak for.
 *
 * @param peers the coordinators that own rows or are not dead, read now
 * @param guard which participants a plan may name
 * @param methods what those take and answer
 */
public record Backend(
        Transactions transactions,
        Supplier<CompletableFuture<List<Peer>>> peers,
        PlanCodec codec,
        TargetGuard guard,
        Methods methods) {}
