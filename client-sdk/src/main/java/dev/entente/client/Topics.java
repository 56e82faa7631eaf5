package dev.entente.client;

import dev.entente.v1.Operation;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import io.grpc.MethodDescriptor;
import java.util.concurrent.CompletableFuture;

/**
 * Manages the subscribers of topics. Needs the token of an administrator. Thread-safe; methods that do not return a
 * future block.
 */
public final class Topics {
    private final CoordinatorClient coordinator;

    Topics(CoordinatorClient coordinator) {
        this.coordinator = coordinator;
    }

    /**
     * From now on what is published to the topic goes to that method, too, with the event as its request. The same
     * subscriber again replaces it.
     *
     * @param topic {@code [a-z0-9._-]{1,64}}
     * @param subscriber its name at this topic, {@code [a-z0-9._-]{1,48}}
     * @throws TransactionRefused if anything of it is wrong, or the token is no administrator's
     * @throws CoordinatorUnavailable if no answer came; do it again
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
     * From now on nothing goes to that subscriber any more; what was on its way to it ends as dropped.
     *
     * @return whether it was subscribed
     * @throws TransactionRefused if the token is no administrator's; or (ENT-045) it is unsubscribed, but a message
     *     that an operator must see to keeps its delivery
     * @throws CoordinatorUnavailable if no answer came, or something is still on its way; do it again
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
