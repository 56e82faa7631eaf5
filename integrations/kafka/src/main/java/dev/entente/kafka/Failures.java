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

/** The meaning of a failure that Kafka's client tells. Only a few of them would be said again of the same message. */
final class Failures {
    private Failures() {}

    /** Tells whether the topic is not there, or not for this client, as before it is made. */
    static boolean isAddress(Throwable failure) {
        Throwable told = unwrapped(failure);
        return told instanceof UnknownTopicOrPartitionException || told instanceof TopicAuthorizationException;
    }

    /** Tells whether the same message would be refused again. */
    static boolean isRefusal(Throwable failure) {
        Throwable told = unwrapped(failure);
        return isTooLarge(told) || isAddress(told) || told instanceof InvalidTopicException;
    }

    /** Tells whether a topic refuses what is in the record, and may take another one. */
    static boolean isRecords(Throwable failure) {
        Throwable told = unwrapped(failure);
        return isTooLarge(told) || told instanceof InvalidRecordException;
    }

    private static boolean isTooLarge(Throwable told) {
        return told instanceof RecordTooLargeException || told instanceof RecordBatchTooLargeException;
    }

    /** Tells whether another producer has begun to use the same transactional id. */
    static boolean isFenced(Throwable failure) {
        Throwable told = unwrapped(failure);
        return told instanceof ProducerFencedException || told instanceof InvalidProducerEpochException;
    }

    /** For people; the client's messages name topics, sizes and settings, and nothing of a record's content. */
    static String describe(Throwable failure) {
        Throwable told = unwrapped(failure);
        String message = told.getMessage();
        String name = told.getClass().getSimpleName();
        return "Kafka: " + (message == null ? name : name + ": " + message);
    }

    /**
     * Returns the cause of a failure that only tells who noticed it. That is the waiting side, a topic that was looked
     * for in vain, or a transaction that ended for another record's sake.
     */
    private static Throwable unwrapped(Throwable failure) {
        Throwable told = failure;
        while (told.getCause() != null
                && (told instanceof ExecutionException
                        || told instanceof CompletionException
                        || told.getClass() == org.apache.kafka.common.KafkaException.class
                        || told instanceof org.apache.kafka.common.errors.TimeoutException)) {
            told = told.getCause();
        }
        return told;
    }
}
