package dev.entente.rocketmq;

import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/**
 * The meaning of a failure that RocketMQ's client tells. One alone would be said again of the same message: that it is
 * too large. A topic that name servers do not know may be one whose broker is away, for they forget it with its broker.
 */
final class Failures {
    private Failures() {}

    /** Tells whether the same message would be refused again. */
    static boolean isRefusal(Throwable failure) {
        return code(failure) == ResponseCode.MESSAGE_ILLEGAL;
    }

    /** For people; the client's messages name topics, sizes and brokers, and nothing of a message's content. */
    static String describe(Throwable failure) {
        String message = failure.getMessage();
        String name = failure.getClass().getSimpleName();
        return "RocketMQ: " + (message == null ? name : name + ": " + message.strip());
    }

    private static int code(Throwable failure) {
        if (failure instanceof MQBrokerException broker) {
            return broker.getResponseCode();
        }
        return failure instanceof MQClientException client ? client.getResponseCode() : -1;
    }
}
