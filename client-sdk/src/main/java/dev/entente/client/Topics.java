package dev.entente.client;

import dev.entente.v1.Operation;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import io.grpc.MethodDescriptor;
import java.util.concurrent.CompletableFuture;

/**
 * Manages the subscribers of topics. Requires the token of an administrator. Thread-safe; methods that do not return a
 * future block.
 */
public final class Topics {
    private final CoordinatorClient coordinator;

    Topics(CoordinatorClient coordinator) {
        this.coordinator = coordinator;
    }

    /**
     * Subscribes a method to a topic: each later event is also sent to the method, as its request. A repeated
     * subscription of one subscriber replaces the earlier one.
     *
     * @param topic {@code [a-z0-9._-]{1,64}}
     * @param subscriber its name at this topic, {@code [a-z0-9._-]{1,48}}
     * @throws TransactionRefused if an argument is invalid, or the token is not an administrator's
     * @throws CoordinatorUnavailable if there is no response; repeat the call
     */
    public void subscribe(String topic, String subscriber, Participant receiver, MethodDescriptor<?, ?> method) {
        BlockingWait.await(subscribeAsync(topic, subscriber, receiver, method), "");
    }

    /** As {@link #subscribe}, without blocking: the future fails with the same exceptions. */
    public CompletableFuture<Void> subscribeAsync(
            String topic, String subscriber, Participant receiver, MethodDescriptor<?, ?> method) {
        Subscription subscription = Subscription.newBuilder()
                .setTopic(topic)
                .setSubscriber(subscriber)
                .setDeliver(Operation.newBuilder().setGrpc(receiver.name() + "/" + method.getFullMethodName()))
                .build();
        return coordinator
                .call(TopicServiceGrpc.getSubscribeMethod(), "", subscription)
                .thenAccept(subscribed -> {});
    }

    /**
     * Removes a subscription: later events are not sent to the subscriber. Open deliveries to the subscriber are
     * dropped.
     *
     * @return whether it was subscribed
     * @throws TransactionRefused if the token is not an administrator's. With ENT-045 the subscription is removed, but
     *     a message that needs an operator keeps its delivery
     * @throws CoordinatorUnavailable if there is no response, or a call of a delivery is still in flight; repeat the
     *     call
     */
    public boolean unsubscribe(String topic, String subscriber) {
        return BlockingWait.await(unsubscribeAsync(topic, subscriber), "");
    }

    /** As {@link #unsubscribe}, without blocking: the future fails with the same exceptions. */
    public CompletableFuture<Boolean> unsubscribeAsync(String topic, String subscriber) {
        UnsubscribeRequest request = UnsubscribeRequest.newBuilder()
                .setTopic(topic)
                .setSubscriber(subscriber)
                .build();
        return coordinator
                .call(TopicServiceGrpc.getUnsubscribeMethod(), "", request)
                .thenApply(UnsubscribeResponse::getExisted);
    }
}
