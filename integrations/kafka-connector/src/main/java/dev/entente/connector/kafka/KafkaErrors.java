package dev.entente.connector.kafka;

import dev.entente.server.connector.SendResult;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Classifies failures of Kafka's client. After most of them another attempt with the record may succeed. */
final class KafkaErrors {
    private KafkaErrors() {}

    static SendResult result(String topic, Throwable failure) {
        String why = "topic '" + topic + "': " + describe(failure);
        return isRefusal(failure) ? new SendResult.Refused(why) : new SendResult.Unanswered(why);
    }

    private static boolean isRefusal(Throwable failure) {
        Throwable reported = unwrapped(failure);
        return reported instanceof RecordTooLargeException
                || reported instanceof RecordBatchTooLargeException
                || reported instanceof InvalidTopicException
                || reported instanceof UnknownTopicOrPartitionException
                || reported instanceof TopicAuthorizationException;
    }

    /** Returns a text for people. The client's messages contain topics, sizes and settings, but no record content. */
    static String describe(Throwable failure) {
        Throwable reported = unwrapped(failure);
        String message = reported.getMessage();
        String name = reported.getClass().getSimpleName();
        return "Kafka: " + (message == null ? name : name + ": " + message);
    }

    /** Returns the cause of a failure that only wraps another one, such as the failure of a topic look-up. */
    private static Throwable unwrapped(Throwable failure) {
        Throwable reported = failure;
        while (reported.getCause() != null
                && (reported instanceof ExecutionException
                        || reported.getClass() == KafkaException.class
                        || reported instanceof TimeoutException)) {
            reported = reported.getCause();
        }
        return reported;
    }
}
