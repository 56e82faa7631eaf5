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

/** The meaning of failures of Kafka's client. Few of them would occur again for the record. */
final class KafkaErrors {
    private KafkaErrors() {}

    static SendResult result(String topic, Throwable failure) {
        String why = "topic '" + topic + "': " + describe(failure);
        return isRefusal(failure) ? new SendResult.Refused(why) : new SendResult.Unanswered(why);
    }

    private static boolean isRefusal(Throwable failure) {
        Throwable told = unwrapped(failure);
        return told instanceof RecordTooLargeException
                || told instanceof RecordBatchTooLargeException
                || told instanceof InvalidTopicException
                || told instanceof UnknownTopicOrPartitionException
                || told instanceof TopicAuthorizationException;
    }

    /** Returns a text for people. The client's messages contain topics, sizes and settings, but no record content. */
    static String describe(Throwable failure) {
        Throwable told = unwrapped(failure);
        String message = told.getMessage();
        String name = told.getClass().getSimpleName();
        return "Kafka: " + (message == null ? name : name + ": " + message);
    }

    /** Returns the cause of a failure that only wraps another one, such as the failure of a topic look-up. */
    private static Throwable unwrapped(Throwable failure) {
        Throwable told = failure;
        while (told.getCause() != null
                && (told instanceof ExecutionException
                        || told.getClass() == KafkaException.class
                        || told instanceof TimeoutException)) {
            told = told.getCause();
        }
        return told;
    }
}
