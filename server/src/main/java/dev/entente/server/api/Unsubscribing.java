package dev.entente.server.api;

import dev.entente.core.decision.Act;
import dev.entente.server.api.access.Caller;
import dev.entente.server.engine.Transactions;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.admin.Subscriptions;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Ends subscriptions, and drops what is on its way to their subscribers, here and at other coordinators. Thread-safe.
 */
final class Unsubscribing {
    private final Transactions transactions;
    private final Subscriptions topics;
    private final Forwarding forwarding;
    private final Blocking blocking;

    Unsubscribing(Transactions transactions, Subscriptions topics, Forwarding forwarding, Blocking blocking) {
        this.transactions = transactions;
        this.topics = topics;
        this.forwarding = forwarding;
        this.blocking = blocking;
    }

    CompletableFuture<UnsubscribeResponse> end(UnsubscribeRequest request, Caller caller) {
        return blocking.runToItsEnd(() -> unsubscribe(request, caller));
    }

    /** The subscription goes first: from then on nothing new is on its way to it. */
    private UnsubscribeResponse unsubscribe(UnsubscribeRequest request, Caller caller) {
        String topic = Filters.text(request.getTopic(), "topic");
        String subscriber = Filters.text(request.getSubscriber(), "subscriber");
        boolean existed = topics.remove(topic, subscriber, audit("unsubscribe", topic, subscriber, caller))
                .join();
        Act.Drop act = new Act.Drop(topic, subscriber, true, caller.principal(), "unsubscribed");
        SubscriberDrain onItsWay = new SubscriberDrain(topics, transactions, act, caller.origin());
        return UnsubscribeResponse.newBuilder()
                .setExisted(existed)
                .setDropped(
                        caller.isForwarded()
                                ? onItsWay.dropHere()
                                : onItsWay.dropEverywhere(owner -> dropElsewhere(owner, request, caller)))
                .build();
    }

    private CompletableFuture<Integer> dropElsewhere(long owner, UnsubscribeRequest request, Caller caller) {
        return forwarding
                .ask(
                        owner,
                        TopicServiceGrpc.getUnsubscribeMethod(),
                        request,
                        caller,
                        Forwarding.within(Duration.ZERO, null))
                .thenApply(UnsubscribeResponse::getDropped);
    }

    static AuditRecord audit(String act, String topic, String subscriber, Caller caller) {
        return new AuditRecord(caller.principal(), act, "", topic + ": " + subscriber, "", "", caller.origin());
    }
}
