// Complains about every text that is changed, moved or taken away by itself. A browser that translates
// a page puts elements of its own in the place of texts: what is done to a text then is done to nothing
// on the screen (B19).
{
  const isText = (node) => node?.nodeType === Node.TEXT_NODE && node.nodeValue.trim() !== "";
  const complain = (deed, node, more = "") =>
    console.error(`a text was ${deed}: "${node.nodeValue}" ${more} in ${node.parentElement?.outerHTML.slice(0, 200)}`);
  const { set, get } = Object.getOwnPropertyDescriptor(Node.prototype, "nodeValue");
  Object.defineProperty(Node.prototype, "nodeValue", {
    get,
    set(value) {
      if (isText(this)) complain("changed in place", this, `to "${value}"`);
      set.call(this, value);
    },
  });
  for (const name of ["remove", "replaceWith", "before", "after"]) {
    const does = CharacterData.prototype[name];
    CharacterData.prototype[name] = function (...rest) {
      if (isText(this)) complain(`asked to ${name}`, this);
      return does.apply(this, rest);
    };
  }
  for (const name of ["insertBefore", "removeChild", "replaceChild"]) {
    const does = Node.prototype[name];
    Node.prototype[name] = function (node, other) {
      const touched = name === "removeChild" ? node : other;
      if (isText(touched)) complain(`given to ${name}`, touched);
      return does.call(this, node, other);
    };
  }
}
