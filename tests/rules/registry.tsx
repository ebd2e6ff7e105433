// ruleid: markup-from-text
const card = <div dangerouslySetInnerHTML={{ __html: text }} />;
// ok: markup-from-text
const plain = <div>{text}</div>;
// ruleid: markup-from-text
element.innerHTML = text;
// ok: markup-from-text
element.textContent = text;
// ruleid: credential-within-reach
localStorage.setItem("registry-token", token);
// ok: credential-within-reach
localStorage.setItem("registry-colours", "dark");
