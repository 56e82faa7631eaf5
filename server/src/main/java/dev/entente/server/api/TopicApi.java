package dev.entente.server.api;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.server.api.access.Caller;
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.store.admin.Subscriptions;
import dev.entente.v1.ListSubscriptionsRequest;
import dev.entente.v1.ListSubscriptionsResponse;
import dev.entente.v1.Operation;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@code entente.v1.TopicService}. Every method returns at once and answers later. Thread-safe. */
final class TopicApi extends TopicServiceGrpc.TopicServiceImplBase {
    private final Subscriptions topics;
    private final PlanIntake intake;
    private final Unsubscribing unsubscribing;
    private final Relay relay;

    TopicApi(Subscriptions topics, PlanIntake intake, Unsubscribing unsubscribing, Relay relay) {
        this.topics = topics;
        this.intake = intake;
        this.unsubscribing = unsubscribing;
        this.relay = relay;
    }

    @Override
    public void subscribe(Subscription request, StreamObserver<Subscription> observer) {
        relay.serve(
                TopicServiceGrpc.getSubscribeMethod(), request, observer, (caller, _) -> subscribe(request, caller));
    }

    private CompletableFuture<Subscription> subscribe(Subscription request, Caller caller) {
        Operation deliver = intake.subscription(request);
        Subscriptions.Subscription stored = new Subscriptions.Subscription(
                request.getTopic(),
                request.getSubscriber(),
                deliver.toByteString(),
                PlanBytes.fannedOut(request.getTopic(), request.getSubscriber(), deliver));
        return topics.put(stored, Unsubscribing.audit("subscribe", request.getTopic(), request.getSubscriber(), caller))
                .thenApply(_ -> request.toBuilder().setDeliver(deliver).build());
    }

    @Override
    public void unsubscribe(UnsubscribeRequest request, StreamObserver<UnsubscribeResponse> observer) {
        relay.serve(
                TopicServiceGrpc.getUnsubscribeMethod(),
                request,
                observer,
                (caller, _) -> unsubscribing.end(request, caller));
    }

    @Override
    public void listSubscriptions(
            ListSubscriptionsRequest request, StreamObserver<ListSubscriptionsResponse> observer) {
        relay.serve(TopicServiceGrpc.getListSubscriptionsMethod(), request, observer, (_, _) -> list(request));
    }

    private CompletableFuture<ListSubscriptionsResponse> list(ListSubscriptionsRequest request) {
        int size = Filters.pageSize(request.getPageSize());
        String token = Filters.text(request.getPageToken(), "page_token");
        int slash = token.indexOf('/');
        String afterTopic = slash < 0 ? "" : token.substring(0, slash);
        String afterSubscriber = token.substring(slash + 1);
        return topics.list(Filters.text(request.getTopic(), "topic"), afterTopic, afterSubscriber, size)
                .thenApply(found -> shown(found, size));
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
