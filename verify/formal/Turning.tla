------------------------------ MODULE Turning ------------------------------
(***************************************************************************)
(* A saga whose steps form a graph, and that turns: because a step is      *)
(* refused or never answered, or because its deadline has passed. Who is   *)
(* undone then, and in which order?                                        *)
(*                                                                         *)
(* Some steps have nothing to undo (an approval, a message, a step that    *)
(* says so). They must not shorten the way between those that have. The    *)
(* owner may die at any moment; its successor sees what is durable, and    *)
(* must undo whatever may have been called, and nobody who cannot have     *)
(* been. The clock may pass the deadline at any moment; from then on every *)
(* event finds the transaction turned, the last success as well.           *)
(*                                                                         *)
(* What is shown: an undo never reaches a step while one that comes after  *)
(* it, any number of edges away, still stands; no step that stands is left *)
(* out; none is undone that is known never to have been called; and what   *)
(* succeeded at the deadline or later is undone.                           *)
(*                                                                         *)
(* Here every owner writes and calls only while it is the owner (that the  *)
(* fence and the lease see to it is shown in Entente), so the memory of    *)
(* the present one is enough. The calls of those before it may arrive at   *)
(* any time.                                                               *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Size,          \* how many steps; they are 1 .. Size
    Edges,         \* pairs: the second comes after the first
    Undoable,      \* the steps that have an undo
    Refusers,      \* the steps whose participant may say no; it stores that
    TakeOvers,     \* how often the owner may die
    Mutant         \* the rule that is forgotten, or "none"

Broken(rule) == Mutant = rule

Branch == 1 .. Size

\* The second has nothing to undo; the third may be refused.
ChainEdges == {<<1, 2>>, <<2, 3>>, <<3, 4>>}

\* Two ways lead to the fourth. The second has nothing to undo; the third may be refused.
DiamondEdges == {<<1, 2>>, <<1, 3>>, <<2, 4>>, <<3, 4>>}

Before(b) == {a \in Branch : <<a, b>> \in Edges}
After(b) == {c \in Branch : <<b, c>> \in Edges}

RECURSIVE Below(_)
Below(b) == After(b) \cup UNION {Below(c) : c \in After(b)}

(* Whether a way leads to it from a root that goes through none of these; it may itself be one of them. *)
RECURSIVE IsReached(_, _)
IsReached(b, barriers) == Before(b) = {} \/ \E a \in Before(b) \ barriers : IsReached(a, barriers)

VARIABLES
    row,        \* what is durable: state; of each step, how far it is; taken: whether an owner died before it was decided
    mem,        \* the same as the present owner has it, and the calls whose answers it awaits
    calls,      \* every call that ever left; each may arrive at any time, any number of times
    part,       \* of each step: new, done, refused (the verdict is stored), undone
    clock,      \* late: whether the deadline has passed; heard: whether a success was heard after that
    left        \* how many more owners may die

vars == <<row, mem, calls, part, clock, left>>

(* PENDING, CALLED (by this owner, or it may be), DONE, REJECTED (a no for good), EXHAUSTED (no answer at the limit), UNDONE, SKIPPED *)
Untouched == [state |-> "RUNNING", taken |-> FALSE, step |-> [b \in Branch |-> "PENDING"]]

Init ==
    /\ row = Untouched
    /\ mem = [p |-> Untouched, awaits |-> {}]
    /\ calls = {}
    /\ part = [b \in Branch |-> "new"]
    /\ clock = [late |-> FALSE, heard |-> FALSE]
    /\ left = TakeOvers

Ends == {"SUCCEEDED", "ABORTED"}
IsEnded == row.state \in Ends
p == mem.p

Needs(b) == b \in Undoable /\ p.step[b] \in {"CALLED", "DONE", "EXHAUSTED"}

---------------------------------------------------------------------------
(* Forward *)

IsRefused == \E b \in Branch : p.step[b] \in {"REJECTED", "EXHAUSTED"}
IsAllDone == \A b \in Branch : p.step[b] = "DONE"

CallForward(b) ==
    /\ p.state = "RUNNING" /\ ~IsRefused /\ ~clock.late
    /\ p.step[b] \in {"PENDING", "CALLED"} /\ b \notin mem.awaits
    /\ \A a \in Before(b) : p.step[a] = "DONE"
    /\ calls' = calls \cup {[op |-> "forward", branch |-> b]}
    /\ mem' = [p |-> [p EXCEPT !.step[b] = "CALLED"], awaits |-> mem.awaits \cup {b}]
    /\ UNCHANGED <<row, part, clock, left>>

(* The answer is lost, or late: it is asked again, or given up. *)
TimeOut(b) ==
    /\ b \in mem.awaits
    /\ \E state \in {"CALLED", "EXHAUSTED"} :
        mem' = [p |-> [p EXCEPT !.step[b] = state], awaits |-> mem.awaits \ {b}]
    /\ UNCHANGED <<row, calls, part, clock, left>>

(* All is done. What arrives at the deadline or later finds it turned, also when that is the last success. *)
Complete ==
    /\ p.state = "RUNNING" /\ IsAllDone
    /\ ~clock.late \/ Broken("late-success-completes")
    /\ mem' = [mem EXCEPT !.p.state = "SUCCEEDED"]
    /\ UNCHANGED <<row, calls, part, clock, left>>

---------------------------------------------------------------------------
(* Turning *)

(* Nobody who came before can have gone past these. A participant answers the same call the same: one that says no now has not said    *)
(* yes to an owner that died. To be out of attempts is no such no, and of what is not on record nothing is known.                      *)
Barriers ==
    LET isBarrier(state) ==
            \/ state = "REJECTED" /\ ~Broken("behind-rejected-is-maybe")
            \/ state = "EXHAUSTED" /\ Broken("behind-exhausted-is-never")
            \/ state \in {"PENDING", "CALLED"} /\ Broken("behind-unrecorded-is-never")
    IN  {b \in Branch : isBarrier(p.step[b])}

(* The decision holds the list of those that may have been called; a later takeover does not change it. (Suspicion.of, NeverCalled.of) *)
MayHaveBeenCalled(b) == p.step[b] = "CALLED" \/ (p.taken /\ IsReached(b, Barriers))
Listed(b) ==
    CASE p.step[b] \notin {"PENDING", "CALLED"} -> p.step[b]
      [] MayHaveBeenCalled(b) -> "CALLED"
      [] OTHER -> "SKIPPED"

(* With no call of its own under way. *)
Turn ==
    /\ p.state = "RUNNING" /\ mem.awaits = {}
    /\ IsRefused \/ clock.late
    /\ mem' = [mem EXCEPT !.p.state = "UNDOING", !.p.step = [b \in Branch |-> Listed(b)]]
    /\ UNCHANGED <<row, calls, part, clock, left>>

(* Once the decision is durable; from descendants to ancestors. (Settling.callInOrder, PlanGraph.above) *)
CallUndo(b) ==
    LET later == IF Broken("undo-one-step-away") THEN After(b) ELSE Below(b)
    IN  /\ p.state = "UNDOING" /\ row.state = "UNDOING" /\ Needs(b)
        /\ \A c \in later : ~Needs(c)
        /\ calls' = calls \cup {[op |-> "undo", branch |-> b]}
        /\ UNCHANGED <<row, mem, part, clock, left>>

Undone ==
    /\ p.state = "UNDOING" /\ \A b \in Branch : ~Needs(b)
    /\ mem' = [mem EXCEPT !.p.state = "ABORTED"]
    /\ UNCHANGED <<row, calls, part, clock, left>>

(* Progress is written behind, at any time; an end is written, too. *)
Flush ==
    /\ ~IsEnded /\ row # p
    /\ row' = p
    /\ UNCHANGED <<mem, calls, part, clock, left>>

(* The owner died. Its successor sees what is durable. *)
TakeOver ==
    /\ ~IsEnded /\ left > 0
    /\ left' = left - 1
    /\ mem' = [p |-> [row EXCEPT !.taken = TRUE], awaits |-> {}]
    /\ UNCHANGED <<row, calls, part, clock>>

Pass ==
    /\ ~clock.late
    /\ clock' = [clock EXCEPT !.late = TRUE]
    /\ UNCHANGED <<row, mem, calls, part, left>>

---------------------------------------------------------------------------
(* Participants: the same call has the same answer, and what was undone refuses its forward call *)

(* Heard by the owner, if it waits for it, or not. *)
Hear(b, state) ==
    \/ UNCHANGED <<mem, clock>>
    \/ /\ b \in mem.awaits
       /\ mem' = [p |-> [p EXCEPT !.step[b] = state], awaits |-> mem.awaits \ {b}]
       /\ clock' = [clock EXCEPT !.heard = @ \/ (state = "DONE" /\ clock.late)]

ArriveForward(b) ==
    CASE part[b] = "done"    -> UNCHANGED part /\ Hear(b, "DONE")
      [] part[b] = "refused" -> UNCHANGED part /\ Hear(b, "REJECTED")
      [] part[b] = "undone"  -> UNCHANGED <<part, mem, clock>>
      [] part[b] = "new" ->
           \/ part' = [part EXCEPT ![b] = "done"] /\ Hear(b, "DONE")
           \/ b \in Refusers /\ part' = [part EXCEPT ![b] = "refused"] /\ Hear(b, "REJECTED")

ArriveUndo(b) ==
    /\ part' = [part EXCEPT ![b] = "undone"]
    /\ \/ UNCHANGED mem
       \/ p.state = "UNDOING" /\ Needs(b) /\ mem' = [mem EXCEPT !.p.step[b] = "UNDONE"]
    /\ UNCHANGED clock

Arrive(c) ==
    /\ IF c.op = "forward" THEN ArriveForward(c.branch) ELSE ArriveUndo(c.branch)
    /\ UNCHANGED <<row, calls, left>>

Next ==
    \/ Complete \/ Turn \/ Undone \/ Flush \/ TakeOver \/ Pass
    \/ \E b \in Branch : CallForward(b) \/ TimeOut(b) \/ CallUndo(b)
    \/ \E c \in calls : Arrive(c)

Spec == Init /\ [][Next]_vars

---------------------------------------------------------------------------
L2 == \A c \in calls : c.op = "undo" => row.state \in {"UNDOING", "ABORTED"}

(* Whoever is undone finds none standing that came after it. *)
UndoOrder == \A b \in Undoable : part[b] = "undone" => \A c \in Below(b) \cap Undoable : part[c] # "done"

(* No undo of what cannot have happened: behind a no for good that is on record nobody was ever called. *)
OnlyWhoMay == \A c \in calls : c.op = "undo" => IsReached(c.branch, {b \in Branch : row.step[b] = "REJECTED"})

(* The deadline is a promise. *)
DeadlineKept == row.state = "SUCCEEDED" => ~clock.heard

AllOrNothing ==
    /\ row.state = "SUCCEEDED" => \A b \in Branch : part[b] = "done"
    /\ row.state = "ABORTED" => \A b \in Undoable : part[b] # "done"

L5Forever == [][IsEnded => row' = row]_row
============================================================================
