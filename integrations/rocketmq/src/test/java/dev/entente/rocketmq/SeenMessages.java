package dev.entente.rocketmq;

import dev.entente.backends.RocketBroker;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** The messages that a consumer receives from a topic, in the order of arrival. Thread-safe. */
final class SeenMessages implements AutoCloseable {
    private final List<MessageExt> all = new CopyOnWriteArrayList<>();
    private final DefaultMQPushConsumer consumer;

    SeenMessages(RocketBroker broker, String topic) throws MQClientException {
        consumer = new DefaultMQPushConsumer("seen-" + topic);
        consumer.setNamesrvAddr(broker.nameServer());
        RocketTransactionsTest.pollOften(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            all.addAll(messages);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
    }

    List<MessageExt> all() {
        return List.copyOf(all);
    }

    Set<String> ids() {
        Set<String> ids = new TreeSet<>();
        all.forEach(message -> ids.add(id(message)));
        return ids;
    }

    static String id(MessageExt message) {
        return message.getUserProperty("idempotency-key");
    }

    @Override
    public void close() {
        consumer.shutdown();
    }
}
