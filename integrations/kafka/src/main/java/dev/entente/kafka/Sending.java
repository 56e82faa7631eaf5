package dev.entente.kafka;

import dev.entente.outbox.Delivery;
import dev.entente.outbox.OutgoingMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * One attempt: the record, and the future that reports its end.
 *
 * @param end is completed once, at the latest when the attempt's time is over
 */
record Sending(ProducerRecord<byte[], byte[]> record, CompletableFuture<Delivery> end) {
    /** Creates an attempt that ends as unanswered after this time without another result. */
    static Sending of(OutgoingMessage message, Duration within) {
        byte[] key = message.key() == null ? null : message.key().getBytes(StandardCharsets.UTF_8);
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(message.address(), key, message.payload());
        message.metadata().forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        Delivery late = new Delivery.Unanswered(
                "Kafka did not acknowledge the message within " + within.toMillis() + " ms", Duration.ZERO);
        CompletableFuture<Delivery> end = new CompletableFuture<>();
        return new Sending(record, end.completeOnTimeout(late, within.toNanos(), TimeUnit.NANOSECONDS));
    }

    String topic() {
        return record.topic();
    }

    /** Returns whether the attempt is open. After its end the message may be in another attempt already. */
    boolean isOpen() {
        return !end.isDone();
    }

    void delivered() {
        end.complete(new Delivery.Delivered());
    }

    void unanswered(String error) {
        end.complete(new Delivery.Unanswered(error, Duration.ZERO));
    }

    void failed(Throwable failure) {
        String error = KafkaFailures.describe(failure);
        if (KafkaFailures.isAddress(failure)) {
            end.complete(new Delivery.Misconfigured(error));
        } else if (KafkaFailures.isRefusal(failure)) {
            end.complete(new Delivery.Refused(error));
        } else {
            unanswered(error);
        }
    }
}
