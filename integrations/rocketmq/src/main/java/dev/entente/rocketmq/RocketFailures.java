package dev.entente.rocketmq;

import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/**
 * The meaning of failures of RocketMQ's client. Only an oversized message would be refused again. A topic that name
 * servers do not know may have an unavailable broker, because they forget a topic with its broker.
 */
final class RocketFailures {
    private RocketFailures() {}

    /** Returns whether the message would be refused again. */
    static boolean isRefusal(Throwable failure) {
        return code(failure) == ResponseCode.MESSAGE_ILLEGAL;
    }

    /** Returns a text for people. The client's messages contain topics, sizes and brokers, but no message content. */
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
