/**
 * The common access to the SDK's own tables, for the SDK's other packages and not for its users. Read {@link
 * dev.entente.jdbc.OwnTransaction} first. This package may use JDBC. It must not depend on the purpose of a table.
 */
@Internal
@NullMarked
package dev.entente.jdbc;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
