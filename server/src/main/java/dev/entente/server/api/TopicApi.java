package dev.entente.server.api;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.server.api.access.Caller;
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.engine.Transactions;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.admin.Subscriptions;
import dev.entente.v1.ListSubscriptionsRequest;
import dev.entente.v1.ListSubscriptionsResponse;
import dev.entente.v1.Operation;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@code entente.v1.TopicService}. Each method returns immediately and responds later. Thread-safe. */
final class TopicApi extends TopicServiceGrpc.TopicServiceImplBase {
    /** The format of a page token, which is the last subscription on the page; the first page has none. */
    private static final String TOKEN = "|[a-z0-9._-]{1,64}/[a-z0-9._-]{1,64}";

    private final Subscriptions topics;
    private final Transactions transactions;
    private final PlanValidation intake;
    private final Forwarding forwarding;
    private final Blocking blocking;
    private final OwnerRouter router;

    TopicApi(
            Subscriptions topics,
            Transactions transactions,
            PlanValidation intake,
            Forwarding forwarding,
            Blocking blocking,
            OwnerRouter router) {
        this.topics = topics;
        this.transactions = transactions;
        this.intake = intake;
        this.forwarding = forwarding;
        this.blocking = blocking;
        this.router = router;
    }

    @Override
    public void subscribe(Subscription request, StreamObserver<Subscription> observer) {
        router.serve(
                TopicServiceGrpc.getSubscribeMethod(), request, observer, (caller, _) -> subscribe(request, caller));
    }

    private CompletableFuture<Subscription> subscribe(Subscription request, Caller caller) {
        Operation deliver = intake.subscription(request);
        Subscriptions.Subscription stored = new Subscriptions.Subscription(
                request.getTopic(),
                request.getSubscriber(),
                deliver.toByteString(),
                PlanBytes.fannedOut(request.getTopic(), request.getSubscriber(), deliver));
        return topics.put(stored, audit("subscribe", request.getTopic(), request.getSubscriber(), caller))
                .thenApply(_ -> request.toBuilder().setDeliver(deliver).build());
    }

    @Override
    public void unsubscribe(UnsubscribeRequest request, StreamObserver<UnsubscribeResponse> observer) {
        router.serve(
                TopicServiceGrpc.getUnsubscribeMethod(),
                request,
                observer,
                (caller, _) -> blocking.runToItsEnd(() -> unsubscribed(request, caller)));
    }

    /** Removes the subscription first: after that no new delivery to the subscriber begins. */
    private UnsubscribeResponse unsubscribed(UnsubscribeRequest request, Caller caller) {
        String topic = Filters.text(request.getTopic(), "topic");
        String subscriber = Filters.text(request.getSubscriber(), "subscriber");
        // If the call was forwarded, the coordinator that forwarded it has already removed the subscription.
        boolean existed = !caller.isForwarded()
                && topics.remove(topic, subscriber, audit("unsubscribe", topic, subscriber, caller))
                        .join();
        TransactionRequest.Drop act =
                new TransactionRequest.Drop(topic, subscriber, true, caller.principal(), "unsubscribed");
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

    private static AuditRecord audit(String act, String topic, String subscriber, Caller caller) {
        return new AuditRecord(caller.principal(), act, "", topic + ": " + subscriber, "", "", caller.origin());
    }

    @Override
    public void listSubscriptions(
            ListSubscriptionsRequest request, StreamObserver<ListSubscriptionsResponse> observer) {
        router.serve(TopicServiceGrpc.getListSubscriptionsMethod(), request, observer, (_, _) -> list(request));
    }

    private CompletableFuture<ListSubscriptionsResponse> list(ListSubscriptionsRequest request) {
        int size = Filters.pageSize(request.getPageSize());
        String topic = Filters.text(request.getTopic(), "topic");
        String token = request.getPageToken();
        String[] after = (token.isEmpty() ? "/" : token).split("/", -1);
        if (!token.matches(TOKEN) || !(token.isEmpty() || topic.isEmpty() || topic.equals(after[0]))) {
            throw Filters.noToken(token);
        }
        return topics.list(topic, after[0], after[1], size).thenApply(found -> shown(found, size));
    }

    private static ListSubscriptionsResponse shown(List<Subscriptions.Subscription> found, int size) {
        ListSubscriptionsResponse.Builder response = ListSubscriptionsResponse.newBuilder();
        found.forEach(each -> response.addSubscriptions(Subscription.newBuilder()
                .setTopic(each.topic())
                .setSubscriber(each.subscriber())
                .setDeliver(deliver(each))));
        if (found.size() == size) {
            Subscriptions.Subscription last = found.getLast();
            response.setNextPageToken(last.topic() + "/" + last.subscriber());
        }
        return response.build();
    }

    private static Operation deliver(Subscriptions.Subscription subscription) {
        try {
            return Operation.parseFrom(subscription.deliver());
        } catch (InvalidProtocolBufferException damaged) {
            throw new IllegalStateException("the stored subscription " + subscription + " is damaged", damaged);
        }
    }
}
