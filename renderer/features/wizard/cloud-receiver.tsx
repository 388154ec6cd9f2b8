import { Radio } from "@mantine/core";
import { cloudReceivers } from "../../store/wizard-draft.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";

/** Which machine receives, proves and uploads what becomes an image in the cloud. */
export function CloudReceiver() {
  const { cloud: text } = useTexts().wizard;
  const { setDraft } = useActions();
  const receiver = useApp((state) => state.draft.cloudReceiver);
  return (
    <Radio.Group
      label={text.receiver}
      value={receiver}
      onChange={(value) =>
        setDraft({ cloudReceiver: cloudReceivers.find((each) => each === value) ?? "here", confirmed: false })
      }
    >
      <div className="wizard-options">
        {cloudReceivers.map((each) => (
          <Radio
            key={each}
            value={each}
            label={text.receivers[each]}
            description={text.receiverHints[each]}
          />
        ))}
      </div>
    </Radio.Group>
  );
}
