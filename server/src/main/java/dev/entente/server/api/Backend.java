package dev.entente.server.api;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Transactions;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.store.Membership.Peer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The parts of the coordinator that the services use.
 *
 * @param node this coordinator's name
 * @param peers the coordinators that own rows or are not dead, read now
 * @param joins prove that who registers a child of another's branch was called for that branch
 */
public record Backend(
        String node,
        Transactions transactions,
        Supplier<CompletableFuture<List<Peer>>> peers,
        PlanCodec codec,
        Directory directory,
        Records records,
        JoinTokens joins) {}
