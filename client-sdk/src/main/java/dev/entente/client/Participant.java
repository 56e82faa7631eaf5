package dev.entente.client;

import com.google.protobuf.Message;
import dev.entente.client.call.HttpTry;
import dev.entente.client.channel.ClientChannels;
import dev.entente.v1.Operation;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** A service that takes part in transactions, by its name in the coordinator's configuration. Immutable. */
public final class Participant {
    private final String name;
    private final ClientChannels connections;
    private final @Nullable JsonCodec json;

    /** @param json null if the client has no mapper */
    Participant(String name, ClientChannels connections, @Nullable JsonCodec json) {
        this.name = name;
        this.connections = connections;
        this.json = json;
    }

    /** Returns the name in the coordinator's configuration, or {@code host:port} if the coordinator allows it. */
    public String name() {
        return name;
    }

    /**
     * Returns a call of one of its methods.
     *
     * @param method a unary method of a generated service, such as {@code StockServiceGrpc.getReserveMethod()}
     * @throws IllegalArgumentException if the method streams, or its messages are not protobuf
     */
    public <Q extends Message, R extends Message> Call<R> call(MethodDescriptor<Q, R> method, Q request) {
        if (method.getType() != MethodDescriptor.MethodType.UNARY) {
            throw new IllegalArgumentException(
                    method.getFullMethodName() + " is " + method.getType() + "; only unary methods can take part");
        }
        return Call.grpc(this, method, request, prototype(method));
    }

    /**
     * Returns a POST over HTTP, to a participant whose configured target is a URL.
     *
     * @param path appended to the target's path; starts with a slash, percent-encoded, with its query
     * @throws IllegalArgumentException if the path has another form
     */
    public Call<String> post(String path) {
        return Call.http(this, "POST", path);
    }

    /** Returns a PUT; as {@link #post}. */
    public Call<String> put(String path) {
        return Call.http(this, "PUT", path);
    }

    /** Returns a PATCH; as {@link #post}. */
    public Call<String> patch(String path) {
        return Call.http(this, "PATCH", path);
    }

    /** Returns a DELETE; as {@link #post}. */
    public Call<String> delete(String path) {
        return Call.http(this, "DELETE", path);
    }

    /** Returns a GET, which has no body; as {@link #post}. */
    public Call<String> get(String path) {
        return Call.http(this, "GET", path);
    }

    /**
     * Returns a record for a topic, for a participant whose configured target is a broker.
     *
     * @param topic {@code [A-Za-z0-9._-]{1,249}}
     */
    public Call<String> topic(String topic) {
        return Call.kafka(this, topic);
    }

    /** Returns the channel for direct calls of the client. Only interactive scopes make direct calls. */
    Channel channel() {
        return connections.participant(name);
    }

    /** Returns the direct call of an interactive scope over HTTP. */
    HttpTry http(Operation operation) {
        JsonCodec codec = JsonCodec.required(json, "a try over HTTP that an interactive scope makes");
        return new HttpTry(
                connections.http(),
                URI.create(connections.url(name) + operation.getHttp().getPath()),
                operation.getHttp().getMethod(),
                operation.getHttp().getHeadersMap(),
                codec::object);
    }

    /** Returns the client's mapper; null if there is none. */
    @Nullable
    JsonCodec json() {
        return json;
    }

    private static <R extends Message> R prototype(MethodDescriptor<?, R> method) {
        if (method.getResponseMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<R> marshaller
                && marshaller.getMessagePrototype() != null) {
            return marshaller.getMessagePrototype();
        }
        throw new IllegalArgumentException(method.getFullMethodName()
                + " does not contain its response type; use a method of a class that protoc-gen-grpc-java generated");
    }
}
