package dev.entente.rocketmq;

import dev.entente.outbox.Carrier;
import dev.entente.outbox.Delivery;
import dev.entente.outbox.OutgoingMessage;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.jspecify.annotations.Nullable;

/**
 * Sends an outbox's messages to RocketMQ topics. A message is delivered after a broker has confirmed that the message
 * is stored as configured: flushed and replicated, if the broker waits for this.
 *
 * <pre>{@code
 * RocketCarrier rocket = RocketCarrier.open("rocketmq:9876", "shop-outbox");
 * OutboxRelay relay = OutboxRelay.from(dataSource).carrier("rocketmq", rocket).start();
 * outbox.enqueue(connection, OutboxMessage.through("rocketmq", "orders", "placed", json).key(order));
 * }</pre>
 *
 * <p>The address is a topic, the method a tag, or empty. Messages of one ordering key go to one queue, which depends on
 * the key. The properties are {@link OutgoingMessage#metadata}, with the message's id as {@code idempotency-key}. The
 * message's key is also the id, so that RocketMQ's tools find the message. Delivery is at least once: repetitions have
 * the same id. Close the relay first, then this carrier. Thread-safe.
 */
public final class RocketCarrier implements Carrier, AutoCloseable {
    private final DefaultMQProducer producer;

    private RocketCarrier(DefaultMQProducer producer) {
        this.producer = producer;
    }

    /**
     * Opens a carrier without waiting for name servers or brokers, which may be unavailable.
     *
     * @param nameServers {@code host:port;host:port}
     * @param group the producers' group, {@code [%|A-Za-z0-9_-]+}
     * @throws IllegalArgumentException if the group has another form, or this process already has a producer of the
     *     group
     */
    public static RocketCarrier open(String nameServers, String group) {
        return open(configured(nameServers, group));
    }

    /**
     * Opens a carrier as {@link #open(String, String)}, with a configured producer, such as for access control or TLS.
     * The producer must not be started yet, and belongs to the carrier from then on.
     */
    public static RocketCarrier open(DefaultMQProducer producer) {
        producer.setRetryTimesWhenSendAsyncFailed(0); // the relay retries, with the number in entente-attempt
        try {
            producer.start();
        } catch (MQClientException wrong) {
            throw new IllegalArgumentException(wrong.getMessage(), wrong);
        }
        return new RocketCarrier(producer);
    }

    private static DefaultMQProducer configured(String nameServers, String group) {
        DefaultMQProducer producer = new DefaultMQProducer(group);
        producer.setNamesrvAddr(nameServers);
        return producer;
    }

    @Override
    public CompletableFuture<Delivery> deliver(OutgoingMessage message, Duration within) {
        RocketMessage.checkTopic(message.address());
        RocketMessage.checkTag(message.method());
        Message sent = RocketMessage.message(
                message.address(), message.method(), message.id(), message.payload(), message.metadata());
        CompletableFuture<Delivery> end = new CompletableFuture<>();
        try {
            send(sent, message.key(), end, within.toMillis());
        } catch (MQClientException | RemotingException failure) {
            end.complete(failed(failure));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            end.complete(failed(interrupted));
        }
        Delivery late = unanswered("RocketMQ did not acknowledge the message within " + within.toMillis() + " ms");
        return end.completeOnTimeout(late, within.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void send(Message message, @Nullable String key, CompletableFuture<Delivery> end, long millis)
            throws MQClientException, RemotingException, InterruptedException {
        if (key == null) {
            producer.send(message, callback(end), millis);
        } else {
            message.putUserProperty("entente-key", key);
            producer.send(message, new SelectMessageQueueByHash(), key, callback(end), millis);
        }
    }

    private static SendCallback callback(CompletableFuture<Delivery> end) {
        return new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                end.complete(
                        result.getSendStatus() == SendStatus.SEND_OK
                                ? new Delivery.Delivered()
                                : unanswered("RocketMQ: " + result.getSendStatus()));
            }

            @Override
            public void onException(Throwable failure) {
                end.complete(failed(failure));
            }
        };
    }

    private static Delivery failed(Throwable failure) {
        String why = RocketFailures.describe(failure);
        return RocketFailures.isRefusal(failure) ? new Delivery.Refused(why) : unanswered(why);
    }

    private static Delivery unanswered(String why) {
        return new Delivery.Unanswered(why, Duration.ZERO);
    }

    /** Closes the producer; deliveries in flight are unanswered. Blocks for a moment. */
    @Override
    public void close() {
        producer.shutdown();
    }
}
