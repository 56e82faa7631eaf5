package dev.entente.server.app;

import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sends unary calls as JSON over HTTP, so that a test can make the same calls over HTTP and over gRPC. Calls block.
 */
final class JsonChannel extends Channel {
    private final JsonClient client;

    JsonChannel(JsonClient client) {
        this.client = client;
    }

    @Override
    public String authority() {
        return "json";
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        return new ClientCall<>() {
            private @Nullable Listener<R> listener;
            private String[] headers = {};
            private @Nullable Q request;

            @Override
            public void start(Listener<R> reported, Metadata sent) {
                listener = reported;
                headers = sent.keys().stream()
                        .flatMap(
                                key -> Stream.of(key, sent.get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER))))
                        .toArray(String[]::new);
            }

            @Override
            public void request(int messages) {}

            @Override
            public void cancel(@Nullable String message, @Nullable Throwable cause) {}

            @Override
            public void sendMessage(Q message) {
                request = message;
            }

            @Override
            public void halfClose() {
                Listener<R> answered = Objects.requireNonNull(listener);
                answered.onClose(
                        answer(method, (Message) Objects.requireNonNull(request), headers, answered), new Metadata());
            }
        };
    }

    @SuppressWarnings("unchecked")
    private <R> Status answer(
            MethodDescriptor<?, R> method, Message request, String[] headers, ClientCall.Listener<R> listener) {
        var marshaller = (MethodDescriptor.PrototypeMarshaller<R>) method.getResponseMarshaller();
        try {
            String name = method.getFullMethodName().replaceFirst("^entente.v1.", "");
            JsonClient.Answer answer = client.call(name, JsonFormat.printer().print(request), headers);
            if (answer.status() != 200) {
                String code = answer.text("code").toUpperCase(Locale.ROOT);
                return Status.fromCode(Status.Code.valueOf(code)).withDescription(answer.text("message"));
            }
            Message.Builder read =
                    ((Message) Objects.requireNonNull(marshaller.getMessagePrototype())).newBuilderForType();
            JsonFormat.parser().merge(answer.json().toString(), read);
            listener.onMessage((R) read.build());
            return Status.OK;
        } catch (IOException | InterruptedException unexpected) {
            throw new IllegalStateException(unexpected);
        }
    }
}
