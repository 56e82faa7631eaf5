package dev.entente.kafka;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Classifies failures of Kafka's client. After most of them another attempt with the message may succeed. */
final class KafkaFailures {
    private KafkaFailures() {}

    /** Returns whether the topic does not exist yet, or this client must not use it. */
    static boolean isAddress(Throwable failure) {
        Throwable reported = unwrapped(failure);
        return reported instanceof UnknownTopicOrPartitionException || reported instanceof TopicAuthorizationException;
    }

    /** Returns whether the message would be refused again. */
    static boolean isRefusal(Throwable failure) {
        Throwable reported = unwrapped(failure);
        return isTooLarge(reported) || isAddress(reported) || reported instanceof InvalidTopicException;
    }

    /** Returns whether a topic refuses the record's content, and may accept another record. */
    static boolean isRecords(Throwable failure) {
        Throwable reported = unwrapped(failure);
        return isTooLarge(reported) || reported instanceof InvalidRecordException;
    }

    private static boolean isTooLarge(Throwable reported) {
        return reported instanceof RecordTooLargeException || reported instanceof RecordBatchTooLargeException;
    }

    /** Returns whether another producer uses the transactional id now. */
    static boolean isFenced(Throwable failure) {
        Throwable reported = unwrapped(failure);
        return reported instanceof ProducerFencedException || reported instanceof InvalidProducerEpochException;
    }

    /** Returns a text for people. The client's messages contain topics, sizes and settings, but no record content. */
    static String describe(Throwable failure) {
        Throwable reported = unwrapped(failure);
        String message = reported.getMessage();
        String name = reported.getClass().getSimpleName();
        return "Kafka: " + (message == null ? name : name + ": " + message);
    }

    /**
     * Returns the cause of a failure that only wraps another one. The wrapper is the failure of a waiting thread, of a
     * topic look-up, or of a transaction that failed because of another record.
     */
    private static Throwable unwrapped(Throwable failure) {
        Throwable reported = failure;
        while (reported.getCause() != null
                && (reported instanceof ExecutionException
                        || reported instanceof CompletionException
                        || reported.getClass() == org.apache.kafka.common.KafkaException.class
                        || reported instanceof org.apache.kafka.common.errors.TimeoutException)) {
            reported = reported.getCause();
        }
        return reported;
    }
}
